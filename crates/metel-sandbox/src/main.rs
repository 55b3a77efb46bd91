//! The sandbox as a process of its own, for suites that kill it or the platform beside it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use metel_sandbox::{SandboxConfig, serve};

/// Serve the simulated SaaS services and scripted model servers.
#[derive(Parser)]
#[command(name = "metel-sandbox", version)]
struct Arguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 7272)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// File that every effect is appended to and synced before its answer
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// Seed of ids and fault draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Base of the links in answers; by default the address it listens on
    #[arg(long)]
    public_url: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut config = SandboxConfig::new(SocketAddr::new(arguments.host, arguments.port));
    config.ledger = arguments.ledger;
    config.seed = arguments.seed;
    config.public_url = arguments.public_url;
    let mut handle = match serve(config).await {
        Ok(handle) => handle,
        Err(error) => {
            eprintln!("metel-sandbox: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("listening http://{}", handle.addr());
    let ended = tokio::select! {
        ended = handle.wait() => ended,
        () = asked_to_stop() => Ok(()),
    };
    handle.stop().await;
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("metel-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
