//! kernel configuration fragments: what they ask for, and whether it survived. pure.

use std::collections::BTreeMap;

/// an option's wish: the text after `=`, or `None` for `# CONFIG_X is not set`.
pub type Options = BTreeMap<String, Option<String>>;

/// reads `.config` syntax. comments that are not `is not set` lines are skipped, a later line wins.
pub fn parse(text: &str) -> Options {
    let mut options = Options::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix("# ")
            .and_then(|l| l.strip_suffix(" is not set"))
        {
            if name.starts_with("CONFIG_") && !name.contains(' ') {
                options.insert(name.to_owned(), None);
            }
        } else if let Some((name, value)) = line.split_once('=')
            && name.starts_with("CONFIG_")
        {
            options.insert(name.to_owned(), Some(value.to_owned()));
        }
    }
    options
}

/// the wishes that the final configuration does not fulfil, one line each. an option that is absent
/// there is off: kconfig leaves out what is invisible.
pub fn lost(asked: &Options, result: &Options) -> Vec<String> {
    let off = |value: &Option<String>| value.as_deref().is_none_or(|value| value == "n");
    asked
        .iter()
        .filter_map(|(name, wish)| {
            let got = result.get(name).cloned().flatten();
            if *wish == got || (off(wish) && off(&got)) {
                return None;
            }
            let show = |value: Option<String>| value.unwrap_or_else(|| "off".into());
            Some(format!(
                "{name}: asked for {}, got {}",
                show(wish.clone()),
                show(got)
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAGMENTS: &[(&str, &str)] = &[
        ("base", include_str!("../../kernel-config/base.config")),
        ("virtio", include_str!("../../kernel-config/virtio.config")),
        ("x86_64", include_str!("../../kernel-config/x86_64.config")),
        (
            "security",
            include_str!("../../kernel-config/security.config"),
        ),
        ("debug", include_str!("../../kernel-config/debug.config")),
    ];

    #[test]
    fn what_did_not_survive_is_named() {
        fn check(asked: &str, result: &str, expect: &[&str]) {
            assert_eq!(
                lost(&parse(asked), &parse(result)),
                expect,
                "{asked:?} in {result:?}"
            );
        }
        check("CONFIG_A=y", "CONFIG_A=y", &[]);
        check("CONFIG_A=y", "CONFIG_A=y\nCONFIG_B=y", &[]);
        check("CONFIG_A=y", "", &["CONFIG_A: asked for y, got off"]);
        check(
            "CONFIG_A=y",
            "# CONFIG_A is not set",
            &["CONFIG_A: asked for y, got off"],
        );
        check(
            "CONFIG_A=y",
            "CONFIG_A=m",
            &["CONFIG_A: asked for y, got m"],
        );
        check(
            "CONFIG_N=4",
            "CONFIG_N=8",
            &["CONFIG_N: asked for 4, got 8"],
        );
        check("CONFIG_S=\"a b=c\"", "CONFIG_S=\"a b=c\"", &[]);
        check("# CONFIG_A is not set", "", &[]);
        check(
            "# CONFIG_A is not set",
            "CONFIG_A=y",
            &["CONFIG_A: asked for off, got y"],
        );
        check("# a comment", "", &[]);
    }

    #[test]
    fn the_fragments_ask_for_something_and_never_twice() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (name, text) in FRAGMENTS {
            let options = parse(text);
            assert!(!options.is_empty(), "{name} is empty");
            for option in options.keys() {
                if let Some(other) = seen.insert(option.clone(), name) {
                    // debug is laid over the others on request, and may change their mind.
                    assert_eq!(*name, "debug", "{option} is in {other} and in {name}");
                }
            }
        }
    }

    /// options without a reason: every option, or group of them, stands under a comment line.
    /// a group ends at a blank line.
    fn without_reason(text: &str) -> Vec<String> {
        let mut reason = false;
        let mut bare = Vec::new();
        for line in text.lines().map(str::trim) {
            let is_wish = line.starts_with("CONFIG_") || line.ends_with(" is not set");
            match line {
                "" => reason = false,
                _ if is_wish && !reason => bare.push(line.to_owned()),
                _ if !is_wish && line.starts_with('#') => reason = true,
                _ => {}
            }
        }
        bare
    }

    #[test]
    fn every_option_has_its_reason() {
        assert_eq!(
            without_reason("# why\nCONFIG_A=y\nCONFIG_B=y"),
            Vec::<String>::new()
        );
        assert_eq!(
            without_reason("# why\nCONFIG_A=y\n\nCONFIG_B=y"),
            ["CONFIG_B=y"]
        );
        for (name, text) in FRAGMENTS {
            // the first paragraph is the file's own heading and covers what directly follows it.
            let body = text.split_once("\n\n").map_or("", |(_, body)| body);
            let heading = "# the fragment as a whole\n";
            assert_eq!(
                without_reason(&format!("{heading}{body}")),
                Vec::<String>::new(),
                "{name}"
            );
        }
    }

    #[test]
    fn no_modules_and_no_initramfs() {
        let all: String = FRAGMENTS.iter().map(|(_, text)| *text).collect();
        let options = parse(&all);
        for name in ["CONFIG_MODULES", "CONFIG_BLK_DEV_INITRD"] {
            assert_eq!(options.get(name), Some(&None), "{name}");
        }
        assert!(!options.values().flatten().any(|value| value == "m"));
    }
}
