//! The same binary with crash points: for tests that let it die at a named place. Never released.

use std::process::ExitCode;

fn main() -> ExitCode {
    metel::main()
}
