#![forbid(unsafe_code)]
fn main() -> std::process::ExitCode {
    llmsh::run(std::env::args().skip(1))
}
