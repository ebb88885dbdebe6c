use super::*;
use crate::DEFAULT_FILE;
use llm_os_wire::settings::{Endpoint, First};
use proptest::prelude::*;

/// the settings, and the problems as they are shown.
fn told(text: &str) -> (Settings, Vec<String>) {
    let checked = read(text.as_bytes());
    let shown: Vec<_> = checked.problems.iter().map(Problem::to_string).collect();
    assert_eq!(checked.settings.warnings, shown);
    (
        Settings {
            warnings: Vec::new(),
            ..checked.settings
        },
        shown,
    )
}

#[test]
fn a_silent_file_is_all_defaults() {
    for text in [
        "",
        "# nothing\n",
        DEFAULT_FILE,
        "[model]\n",
        "\u{feff}# marked\n",
    ] {
        assert_eq!(told(text), (Settings::default(), Vec::new()), "{text}");
    }
}

#[test]
fn the_default_file_shows_every_setting_with_its_default() {
    let uncommented: String = DEFAULT_FILE
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line)
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    for key in KEYS {
        assert!(
            uncommented.contains(&format!("\n{} = ", key.name)),
            "{}",
            key.name
        );
    }
    let (settings, problems) = told(&uncommented);
    assert_eq!(problems, Vec::<String>::new());
    let endpoint = settings.endpoint.clone().unwrap();
    let defaults = Settings {
        model_file: settings.model_file.clone(),
        endpoint: Some(Endpoint {
            timeout_s: Endpoint::default().timeout_s,
            ..endpoint
        }),
        ..Settings::default()
    };
    assert_eq!(settings, defaults);
    assert!(settings.model_file.is_some());
}

#[test]
fn every_setting_is_taken_over() {
    let text = "hostname = \"boat-7\"\ntimezone = 'Europe/Berlin'\n[model]\nidle_s = 0x3c\n\
                file = \"a.b-C_1.gguf\"\nfirst = \"big\"\n[endpoint]\n\
                url = \"https://api.example.org/v1\"\nmodel = \"org/m:7b\"\nkey = \"mine\"\n\
                timeout_s = 9\n";
    let expect = Settings {
        hostname: "boat-7".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        model_idle_s: 60,
        model_file: Some("a.b-C_1.gguf".to_owned()),
        model_first: First::Big,
        endpoint: Some(Endpoint {
            url: "https://api.example.org/v1".to_owned(),
            model: "org/m:7b".to_owned(),
            key: Some("mine".to_owned()),
            timeout_s: 9,
        }),
        warnings: Vec::new(),
    };
    assert_eq!(told(text), (expect, Vec::new()));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_costs_only_itself() {
    let check = |text: &str, expect: &str| {
        let (settings, problems) = told(&format!("{text}\n"));
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with(expect), "{text}: {}", problems[0]);
        assert_eq!(settings.model_idle_s, 30);
    };
    let unknown = "there is no setting";
    check(
        "hostnam = \"a\"",
        &format!("line 1: {unknown} `hostnam` at the top of the file; did you mean `hostname`?"),
    );
    check(
        "\n[model]\nidel_s = 3",
        &format!("line 3: {unknown} `idel_s` in [model]; did you mean `idle_s`?"),
    );
    check(
        "idle_s = 3",
        &format!("line 1: {unknown} `idle_s` at the top of the file; it belongs in [model]"),
    );
    check(
        "[model]\nhostname = \"a\"",
        &format!("line 2: {unknown} `hostname` in [model]; it belongs at the top"),
    );
    check(
        "[modell]\nidle_s = 3",
        &format!("line 1: {unknown} `modell` at the top of the file; did you mean `model`?"),
    );
    check(
        "[network]\nwifi = 3",
        &format!("line 1: {unknown} `network` at the top of the file"),
    );
    check("model = 3", "line 1: model is a table: write `[model]`");
    check("hostname = 3", "line 1: hostname is 1 to 63");
    check("hostname = \"-a\"", "line 1: hostname is 1 to 63");
    check("hostname = \"a\\nb\"", "line 1: hostname is 1 to 63");
    check("timezone = \"../etc\"", "line 1: timezone is a name");
    check("[model]\nidle_s = 0", "line 2: idle_s is a whole number");
    check(
        "[model]\nidle_s = 86401",
        "line 2: idle_s is a whole number",
    );
    check(
        "[model]\nidle_s = \"30\"",
        "line 2: idle_s is a whole number",
    );
    check(
        "[model]\nidle_s = 99999999999999999999",
        "line 2: idle_s is a whole number",
    );
    check(
        "[model]\nfile = \"../passwd\"",
        "line 2: file is the name of a file",
    );
    check(
        "[model]\nfile = \"..\"",
        "line 2: file is the name of a file",
    );
    check(
        "hostname = \"a\"\nhostname = \"b\"",
        "line 2: this is no TOML: duplicate key",
    );
    check("hostname = ", "line 1: this is no TOML: ");
    check("\n\nnonsense", "line 3: this is no TOML: ");
    check(
        "\"\\u001b[2J\" = 1",
        &format!("line 1: {unknown} `\\u{{1b}}[2J`"),
    );
}

#[test]
fn an_endpoint_is_whole_or_not_there() {
    let check = |lines: &str, there: bool, expect: &str| {
        let (settings, problems) = told(&format!("[endpoint]\n{lines}\n"));
        assert_eq!(settings.endpoint.is_some(), there, "{lines}");
        let problems = problems.join("\n");
        assert!(problems.contains(expect), "{lines}: {problems}");
        assert_eq!(problems.is_empty(), expect.is_empty(), "{problems}");
    };
    let both = "url = \"http://10.0.2.2:8080/v1\"\nmodel = \"m\"";
    check(both, true, "");
    check(
        "url = \"http://h\"",
        false,
        "line 1: [endpoint] needs a good url and model",
    );
    check("", false, "line 1: [endpoint] needs");
    check(
        "url = \"h:80\"\nmodel = \"m\"",
        false,
        "line 2: url is where the server is",
    );
    check(
        "url = \"http://me:pass@h\"\nmodel = \"m\"",
        false,
        "line 2: url is where",
    );
    check(
        &format!("{both}\ntimeout_s = 0"),
        true,
        "line 4: timeout_s is a whole number",
    );
    for key in [
        "sk-abcdef0123456789",
        "AbCdEf",
        "9f86d081884c7d659a2feaa0c55ad015",
        "a b",
    ] {
        let lines = format!("{both}\nkey = \"{key}\"");
        check(
            &lines,
            true,
            "line 4: key is the name of a file in /data/secrets",
        );
        let (_, problems) = told(&format!("[endpoint]\n{lines}\n"));
        assert!(
            !problems[0].contains(key),
            "the key is repeated: {problems:?}"
        );
    }
}

#[test]
fn a_big_model_is_first_only_where_there_is_one() {
    let (settings, problems) = told("\n[model]\nfirst = \"big\"\n");
    assert_eq!(settings.model_first, First::Embedded);
    assert!(
        problems[0].starts_with("line 2: first is \"big\""),
        "{problems:?}"
    );
    let (_, problems) = told("[model]\nfirst = \"biggest\"\n");
    assert!(
        problems[0].starts_with("line 2: first is \"embedded\" or"),
        "{problems:?}"
    );
}

#[test]
fn a_good_line_beside_a_bad_one_holds() {
    let (settings, problems) = told("hostname = \"workshop\"\n[model]\nidel_s = 3\nidle_s = 7\n");
    assert_eq!(
        (settings.hostname.as_str(), settings.model_idle_s),
        ("workshop", 7)
    );
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_file_that_is_no_text_or_too_long_is_told() {
    let of = |bytes: &[u8]| read(bytes).problems[0].to_string();
    assert_eq!(
        of(b"a = 1\n\xff\n"),
        "line 2: this is no UTF-8; save the file as UTF-8"
    );
    assert!(of(&vec![b'#'; FILE_MAX_BYTES + 1]).contains("longer than 65536 bytes"));
    assert_eq!(read(&vec![b'#'; FILE_MAX_BYTES]).problems, Vec::new());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_every_problem_is_one_clean_line(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        for problem in read(&bytes).problems {
            prop_assert!(!problem.to_string().chars().any(char::is_control));
        }
    }

    #[test]
    fn nor_does_anything_that_looks_like_a_setting(text in "[a-z_.\\[\\] =\"0-9\n#{},'\\\\]{0,120}") {
        for problem in read(text.as_bytes()).problems {
            prop_assert!(!problem.to_string().chars().any(char::is_control));
            prop_assert!(problem.line <= text.lines().count() + 1);
        }
    }
}
