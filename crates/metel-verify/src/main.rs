//! `metel-verify EXPORT [--checkpoint KEPT.json]… [--key PUBLIC] [--clock-slack SECONDS]`
//!
//! Exit code 0: the record holds. 1: it does not, and the first thing that does not is named. 2: it cannot be
//! read, or the command line makes no sense.

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;
use std::time::Instant;

use metel_verify::hash::unhex;
use metel_verify::{Asked, verify};

const USAGE: &str = "usage: metel-verify EXPORT [--checkpoint KEPT.json]... [--key PUBLIC] [--clock-slack SECONDS]";

fn asked() -> Result<(String, Asked), String> {
    let (mut file, mut asked) = (None, Asked::default());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--checkpoint" => {
                let name = value()?;
                let text = std::fs::read_to_string(&name).map_err(|error| format!("{name}: {error}"))?;
                asked.kept.push(serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?);
            }
            "--key" => {
                asked.key = Some(unhex(&value()?).ok_or("a public key is 64 hexadecimal characters")?);
            }
            "--clock-slack" => {
                let seconds: i64 = value()?.parse().map_err(|_| "--clock-slack takes whole seconds")?;
                asked.clock_slack = seconds.max(0).saturating_mul(1_000_000);
            }
            option if option.starts_with('-') => return Err(USAGE.to_owned()),
            _ if file.is_some() => return Err(USAGE.to_owned()),
            _ => file = Some(word),
        }
    }
    Ok((file.ok_or(USAGE)?, asked))
}

fn main() -> ExitCode {
    let opened = asked().and_then(|(name, asked)| {
        let file = File::open(&name).map_err(|error| format!("{name}: {error}"))?;
        Ok((BufReader::with_capacity(1 << 20, file), asked))
    });
    let (mut file, asked) = match opened {
        Ok(opened) => opened,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let began = Instant::now();
    match verify(&mut file, &asked) {
        Ok(report) => {
            println!(
                "holds: {} runs, {} entries, {} events; {} checkpoints by {} keys vouch for {} events; {} ms",
                report.runs,
                report.entries,
                report.events,
                report.checkpoints,
                report.keys,
                report.signed,
                began.elapsed().as_millis()
            );
            if asked.kept.is_empty() && asked.key.is_none() {
                println!("note: the file vouches for itself; a key and a checkpoint kept elsewhere say more");
            }
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("does not hold: {fault}");
            ExitCode::from(if fault.what == "file" { 2 } else { 1 })
        }
    }
}
