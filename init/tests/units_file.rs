//! a wrong `units.toml` fails the build with a sentence.

#[path = "../build/file.rs"]
#[allow(dead_code)]
mod file;

const GOOD: &str = include_str!("../units.toml");

#[test]
fn the_file_is_right() {
    file::parse(GOOD).unwrap();
}

#[test]
fn what_is_wrong_is_told() {
    let check = |from: &str, to: &str, expect: &str| {
        assert!(GOOD.contains(from), "{from}");
        let why = file::parse(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert!(why.contains(expect), "{why}");
    };
    check("name = \"llm-osd\"", "name = \"../x\"", "a name is 1 to 32");
    check(
        "name = \"llm-modeld\"",
        "name = \"llm-osd\"",
        "unit llm-osd: it stands twice",
    );
    check("uid = 901", "uid = 0", "its name or uid stands twice");
    check(
        "user = \"model\"",
        "user = \"modle\"",
        "there is no user modle",
    );
    check("\"chown\"", "\"chwon\"", "there is no capability chwon");
    check(
        "/usr/bin/llmsh\"\nuser",
        "llmsh\"\nuser",
        "no plain absolute path",
    );
    check("start = \"boot\"", "start = \"later\"", "unknown variant");
    check("essential = true", "esential = true", "unknown field");
    check("first_ms = 100", "first_ms = 0", "restart needs");
    check("stop_ms = 4000", "stop_ms = 0", "stop_ms is from 1");
    check("mode = 0o660", "mode = 0o4660", "mode or owner");
    check("retry_s = 30", "steady_ms = 1", "duplicate key");
    check(", retry_s = 30", "", "needs retry_s");
    check(
        "oom_score_adj = -900",
        "oom_score_adj = -1001",
        "oom_score_adj is from",
    );
    check(
        "\"LLM_OS_MODEL_FILE\"]",
        "\"LLM_OS_MODEL_FIEL\"]",
        "there is no setting LLM_OS_MODEL_FIEL",
    );
    check(
        "needs = \"LLM_OS_MODEL_FILE\"",
        "needs = \"LLM_OS_MODEL_FIRST\"",
        "and is not told it",
    );
    check(
        "needs = \"LLM_OS_ENDPOINT_URL\"\n",
        "",
        "unit llm-remoted: a network only",
    );
    check(
        "/run/llm-os/big.sock",
        "/run/llm-os/model.sock",
        "another unit's",
    );
    check(
        "memory_max_percent = 70",
        "memory_max_percent = 0",
        "memory_max_percent is from",
    );
}
