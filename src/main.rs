use std::process::ExitCode;

fn main() -> ExitCode {
    limbeck::cli::main()
}
