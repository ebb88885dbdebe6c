//! the executor: `llm_osd::main` is the story.
#![forbid(unsafe_code)]
fn main() -> std::process::ExitCode {
    llm_osd::main()
}
