//! what is added, and what is left as it is.

use super::*;

fn table() -> CapabilityTable {
    serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap()
}

fn world() -> Names {
    let some = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Names {
        files: some(&["a.txt", "b.txt", "c.txt"]),
        dirs: some(&["documents", "documents/taxes", "taxes"]),
        tools: some(&["dawn", "dusk-check"]),
        units: some(&["web", "mqtt", "sshd"]),
        ..Names::default()
    }
}

#[track_caller]
fn check(request: &str, plan: &str, expect: &str) {
    let actions: Vec<Action> = serde_json::from_str(plan).unwrap();
    let got = completed(&table(), request, &world(), actions);
    assert_eq!(serde_json::to_string(&got).unwrap(), expect, "{request}");
}

#[test]
fn the_rest_of_a_list_is_added() {
    let two = r#"[{"type":"make_dir","path":"red"},{"type":"make_dir","path":"blue"}]"#;
    let three = r#"[{"type":"make_dir","path":"red"},{"type":"make_dir","path":"green"},{"type":"make_dir","path":"blue"}]"#;
    check("make folders red green blue", two, three);
    check("make folders red, green, and blue", two, three);
    check("make a folder red and then one called blue", two, two);
    check("make red, not green, blue", two, two);
    check("make folder red, folder blue", two, two);
    check("make folders red or blue", two, two);
    let two = r#"[{"type":"delete_file","path":"a.txt"},{"type":"delete_file","path":"c.txt"}]"#;
    let three = r#"[{"type":"delete_file","path":"a.txt"},{"type":"delete_file","path":"b.txt"},{"type":"delete_file","path":"c.txt"}]"#;
    check("delete a.txt, b.txt and c.txt", two, three);
    check("delete a.txt but not b.txt and c.txt", two, two);
    check("delete a.txt, z.txt and c.txt", two, two);
}

#[test]
fn packages_of_one_list_are_one_step() {
    let apart = r#"[{"type":"install_packages","packages":["git"]},{"type":"install_packages","packages":["vim","jq"]}]"#;
    let one = r#"[{"type":"install_packages","packages":["git","vim","jq"]}]"#;
    check("install git and also vim oh and jq", apart, one);
    check("install git. then install vim and jq", apart, apart);
}

#[test]
fn a_password_is_taken_whole() {
    let join = |password: &str| {
        format!(
            r#"[{{"type":"network","action":"wifi_join","ssid":"den","password":"{password}"}}]"#
        )
    };
    check(
        "join den with the password nine tall herons",
        &join("nine"),
        &join("nine tall herons"),
    );
    check(
        "join den? The password is trop secret 4.",
        &join("4"),
        &join("trop secret 4"),
    );
    check("join den, password owl please", &join("owl"), &join("owl"));
    check(
        "join den, password owl and then show a.txt",
        &join("owl"),
        &join("owl"),
    );
}

#[test]
fn what_was_spelled_out_is_meant() {
    let run = |name: &str| format!(r#"[{{"type":"run_tool","name":"{name}"}}]"#);
    check("do the dawn thing", &run("dusk-check"), &run("dawn"));
    check(
        "not dawn, the later one",
        &run("dusk-check"),
        &run("dusk-check"),
    );
    check("do the dawn check", &run("dusk-check"), &run("dusk-check"));
    let list = |path: &str| format!(r#"[{{"type":"list_dir","path":"{path}"}}]"#);
    check(
        "what is in the folder taxes in documents",
        &list("documents"),
        &list("documents/taxes"),
    );
    check("list documents", &list("documents"), &list("documents"));
    let apart = r#"[{"type":"delete_file","path":"documents"},{"type":"make_dir","path":"other"}]"#;
    check(
        "delete the folder documents and make a folder taxes",
        apart,
        apart,
    );
    check(
        "the folder documents, the folder taxes stays",
        &list("documents"),
        &list("documents"),
    );
}

#[test]
fn a_tool_does_all_that_is_said() {
    let apart = r#"[{"type":"make_tool","name":"eve","does":"dim the lamp"},{"type":"run_tool","name":"dawn"}]"#;
    let whole = r#"[{"type":"make_tool","name":"eve","does":"dim the lamp and stop web"}]"#;
    check("new tool eve: dim the lamp and stop web", apart, whole);
    check("new tool eve: dim the lamp and run it", apart, apart);
}
