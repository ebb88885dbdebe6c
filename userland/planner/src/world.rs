//! requests as a file or a pipe gives them, and the world they are asked in.

use llm_os_schema::Names;
use serde::Deserialize;

/// a request with its world, as one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub request: String,
    pub world: Names,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    request: String,
    #[serde(default)]
    world: Option<Names>,
}

/// the names of an appliance that has just booted: its units, and an empty home.
pub fn freshly_booted() -> Names {
    let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Names {
        units: own(&["llm-osd", "llm-modeld", "llmsh"]),
        ..Names::default()
    }
}

/// a line that begins with `{` is `{"request":"…","world":{…}}`; any other is the request itself.
///
/// # Errors
/// one sentence when the object is not understood.
pub fn read_line(line: &str) -> Result<Line, String> {
    let text = line.trim();
    if !text.starts_with('{') {
        return Ok(Line {
            request: text.to_owned(),
            world: freshly_booted(),
        });
    }
    let given: Given = serde_json::from_str(text).map_err(|why| {
        format!("a line is not understood: {why}; write {{\"request\":\"…\",\"world\":{{…}}}} or the request alone")
    })?;
    let mut world = given.world.unwrap_or_else(freshly_booted);
    world.bound();
    Ok(Line {
        request: given.request,
        world,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_objects_or_plain_words() {
        let plain = read_line("  stop web \n").unwrap();
        assert_eq!(
            (plain.request.as_str(), plain.world.units.len()),
            ("stop web", 3)
        );
        let given = read_line(r#"{"request":"stop web","world":{"units":["web"]}}"#).unwrap();
        assert_eq!(given.world.units, ["web"]);
        assert_eq!(
            read_line(r#"{"request":"x"}"#).unwrap().world,
            freshly_booted()
        );
        for bad in [r#"{"reqest":"x"}"#, "{", r#"{"request":1}"#] {
            assert!(
                read_line(bad).unwrap_err().contains("not understood"),
                "{bad}"
            );
        }
    }
}
