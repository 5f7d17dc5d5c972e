//! The `recto` program.

fn main() -> std::process::ExitCode {
    recto::cli::main()
}
