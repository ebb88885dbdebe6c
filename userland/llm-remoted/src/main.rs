#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    llm_remoted::run(std::env::args().skip(1))
}
