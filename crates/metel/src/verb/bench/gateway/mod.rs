//! `metel bench gateway`: OpenAI's interface through metel against the same server asked directly. Three
//! processes: a scripted upstream, metel as `metel up` makes it (keys, lanes, prices, budgets on), and
//! this one, which asks.

mod asker;
mod upstream;

use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use metel_model::{Code, Fault};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use super::{Common, lost};
pub use upstream::Upstream;

#[derive(Args)]
pub struct Gateway {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Connections at once, where throughput is measured
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Chunks of text in a streamed answer
    #[arg(long, default_value_t = 8)]
    chunks: usize,
}

const MODEL: &str = "scripted";

/// A process of ours that ends with this one.
struct Side {
    child: Child,
    url: String,
}

async fn side(args: &[&str], envs: &[(&str, String)], mark: &str) -> Result<Side, Fault> {
    let own = std::env::current_exe().map_err(lost)?;
    let mut command = tokio::process::Command::new(own);
    command.args(args).envs(envs.iter().map(|(name, value)| (name, value)));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().map_err(lost)?;
    let out = child.stdout.take().ok_or_else(|| lost("no output"))?;
    let mut lines = BufReader::new(out).lines();
    let told = async {
        while let Some(line) = lines.next_line().await.map_err(lost)? {
            if let Some(url) = line.strip_prefix(mark) {
                return Ok(url.trim().to_owned());
            }
        }
        Err(lost(format!("{} ended before it was ready", args.join(" "))))
    };
    let url = tokio::time::timeout(Duration::from_secs(60), told).await.map_err(lost)??;
    // Whatever else it says is read, so that it never waits for us.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(Side { child, url })
}

/// What one way was measured at.
struct Way {
    p50_us: f64,
    p99_us: f64,
    plain: f64,
    stream_p50_us: f64,
    streams: f64,
}

impl Gateway {
    async fn way(&self, address: &str, path: &str, key: &str) -> Result<Way, Fault> {
        let time = Duration::from_secs(self.seconds.max(1));
        let plain = asker::Ask::new(address, path, key, &body(false));
        let streamed = asker::Ask::new(address, path, key, &body(true));
        // Warm: connections, caches, blocks of credits.
        asker::ask(&plain, 8, Duration::from_millis(500)).await?;
        asker::ask(&streamed, 8, Duration::from_millis(500)).await?;
        let alone = asker::ask(&plain, 1, time).await?;
        let crowd = asker::ask(&plain, self.connections, time).await?;
        let stream_alone = asker::ask(&streamed, 1, time).await?;
        let stream_crowd = asker::ask(&streamed, self.connections, time).await?;
        Ok(Way {
            p50_us: alone.at(0.5),
            p99_us: alone.at(0.99),
            plain: crowd.rate,
            stream_p50_us: stream_alone.at(0.5),
            streams: stream_crowd.rate,
        })
    }

    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let folder = std::env::temp_dir().join(format!("metel-bench-gateway-{}", std::process::id()));
        crate::home::prepare(&folder)?;
        let measured = self.measure(&folder).await;
        let _ = std::fs::remove_dir_all(&folder);
        let (direct, through, books) = measured?;
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        let way = |way: &Way| {
            json!({
                "p50_us": way.p50_us.round(), "p99_us": way.p99_us.round(), "requests_per_s": way.plain.round(),
                "stream_p50_us": way.stream_p50_us.round(), "streams_per_s": way.streams.round(),
            })
        };
        let line = json!({
            "build": profile, "connections": self.connections, "chunks": self.chunks, "direct": way(&direct), "gateway": way(&through),
            "added_p50_us": (through.p50_us - direct.p50_us).round(), "added_p99_us": (through.p99_us - direct.p99_us).round(),
            "books": books,
        });
        if common.json {
            println!("{line}");
            return Ok(0);
        }
        println!(
            "build: {profile}; {} connections; {} chunks in a stream; metering and budgets on",
            self.connections, self.chunks
        );
        for (name, way) in [("direct", &direct), ("through metel", &through)] {
            println!(
                "{name:<14} one at a time p50 {:>6.0} µs, p99 {:>6.0} µs   {:>7.0} requests/s   stream p50 {:>6.0} µs   {:>6.0} streams/s",
                way.p50_us, way.p99_us, way.plain, way.stream_p50_us, way.streams
            );
        }
        println!(
            "added          p50 {:.0} µs, p99 {:.0} µs",
            through.p50_us - direct.p50_us,
            through.p99_us - direct.p99_us
        );
        println!("books          {books}");
        Ok(0)
    }

    async fn measure(&self, folder: &std::path::Path) -> Result<(Way, Way, Value), Fault> {
        let chunks = self.chunks.to_string();
        let mut upstream = side(&["bench", "gateway-upstream", "--chunks", &chunks], &[], "listening ").await?;
        let home = folder.display().to_string();
        let envs = [
            ("METEL_HOME", home),
            ("METEL_MODEL_URL", format!("http://{}/v1", upstream.url)),
            ("METEL_MODEL", "unpriced".to_owned()),
        ];
        let mut metel = side(&["up", "--port", "0", "--no-demo"], &envs, "metel ready http://").await?;
        let key = crate::home::token(folder).ok_or_else(|| Fault::new(Code::NotSignedIn))?;
        prepare(&metel.url, &upstream.url, &key).await?;
        let direct = self.way(&upstream.url, "/v1/chat/completions", "none").await?;
        let through = self.way(&metel.url, "/v1/chat/completions", &key).await?;
        // What was spent is written down within a moment.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let credits = call(&metel.url, reqwest::Method::GET, "/v1/credits", &key, None).await?;
        let usage = call(&metel.url, reqwest::Method::GET, "/v1/model-usage", &key, None).await?;
        for side in [&mut metel, &mut upstream] {
            let _ = side.child.start_kill();
            let _ = side.child.wait().await;
        }
        let calls: u64 = usage["items"].as_array().into_iter().flatten().filter_map(|row| row["calls"].as_u64()).sum();
        let sum = credits["available"].as_i64().unwrap_or(0)
            + credits["held"].as_i64().unwrap_or(0)
            + credits["spent"].as_i64().unwrap_or(0);
        let books = json!({
            "calls": calls, "spent": credits["spent"], "held": credits["held"],
            "sums_to_what_was_granted": sum == credits["granted"].as_i64().unwrap_or(-1),
        });
        Ok((direct, through, books))
    }
}

/// A model with a price, credits, and caps of the day and the key that are never reached.
async fn prepare(metel: &str, upstream: &str, key: &str) -> Result<(), Fault> {
    let limits = json!({"concurrent_max": 4096, "waiting_max": 100_000});
    let entry = json!({
        "base_url": format!("http://{upstream}/v1"), "model": MODEL, "price": {"input": 150_000, "output": 600_000}, "limits": limits,
    });
    let settings = json!({"models": {MODEL: entry}, "aliases": {"fast": [MODEL]}});
    let put = reqwest::Method::PUT;
    call(metel, put.clone(), "/v1/model-settings", key, Some(settings)).await?;
    let grant = json!({"id": "00000000-0000-4000-8000-000000000001", "amount": 1_000_000_000_000_i64});
    call(metel, reqwest::Method::POST, "/v1/credits/grants", key, Some(grant)).await?;
    call(metel, put, "/v1/budgets/day", key, Some(json!({"cap": 900_000_000_000_i64}))).await?;
    Ok(())
}

async fn call(
    address: &str,
    method: reqwest::Method,
    path: &str,
    key: &str,
    body: Option<Value>,
) -> Result<Value, Fault> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(lost)?;
    let mut request = client.request(method, format!("http://{address}{path}")).bearer_auth(key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let reply = request.send().await.map_err(lost)?;
    let status = reply.status();
    let value: Value = reply.json().await.map_err(lost)?;
    if status.is_success() { Ok(value) } else { Err(lost(format!("{path}: {status} {value}"))) }
}

fn body(stream: bool) -> String {
    let words = "Sum up in one sentence what was decided about the budget for the coming quarter. ".repeat(4);
    json!({"model": "fast", "stream": stream, "max_tokens": 64, "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": words}]}).to_string()
}
