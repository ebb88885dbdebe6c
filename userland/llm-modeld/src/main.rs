#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    llm_modeld::run(std::env::args().skip(1))
}
