//! The front door: one enum of verbs and one match. Everything else is behind it.

mod api;
mod config;
mod crash;
mod deliver;
mod doctor;
mod home;
mod keyfile;
mod presence;
mod say;
mod verb;
mod wire;

use std::process::ExitCode;

use clap::Parser;
use metel_model::Lang;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Agents propose; metel decides, executes, records, replays.
#[derive(Parser)]
#[command(name = "metel", version, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    common: verb::Common,
    #[command(subcommand)]
    verb: Option<verb::Verb>,
}

/// The whole program, as its binaries run it.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let lang = arguments.common.lang();
    if let Err(fault) = crash::arm() {
        say::fault(&fault, lang);
        return ExitCode::from(fault.code.exit());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("metel: {error}");
            return ExitCode::from(3);
        }
    };
    let result = runtime.block_on(verb::run(arguments.verb, arguments.common));
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            say::fault(&fault, lang);
            ExitCode::from(fault.code.exit())
        }
    }
}

/// The language of the terminal.
pub(crate) fn terminal_lang() -> Lang {
    let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let tag = of("METEL_LANG").or_else(|| of("LC_ALL")).or_else(|| of("LC_MESSAGES")).or_else(|| of("LANG"));
    tag.map_or(Lang::En, |tag| Lang::from_tag(&tag))
}
