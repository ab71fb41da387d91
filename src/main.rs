use std::process::ExitCode;

// The compiler makes and drops millions of small values on two threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    limbeck::cli::main()
}
