//! A stretch of network between metel and its database that can be broken, and heals.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// How the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fine,
    /// Connections are closed and new ones refused.
    Cut,
    /// Connections stay open and nothing comes through before it heals: then all of it does, also what its
    /// sender has given up by then.
    Silent,
    /// Everything takes so many milliseconds longer, each way.
    Slow(u16),
}

impl Weather {
    fn number(self) -> u64 {
        match self {
            Self::Fine => 0,
            Self::Cut => 1,
            Self::Silent => 2,
            Self::Slow(ms) => 3 + u64::from(ms),
        }
    }

    fn of(number: u64) -> Self {
        match number {
            0 => Self::Fine,
            1 => Self::Cut,
            2 => Self::Silent,
            ms => Self::Slow((ms - 3) as u16),
        }
    }
}

#[derive(Clone)]
struct Sky(Arc<AtomicU64>);

impl Sky {
    fn now(&self) -> Weather {
        Weather::of(self.0.load(Ordering::SeqCst))
    }
}

pub struct Network {
    sky: Sky,
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Network {
    /// Before the database at `url`, which is on the loopback.
    pub async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (head, tail) = url.split_once("127.0.0.1:").unwrap();
        let (port, database) = tail.split_once('/').unwrap();
        let server: u16 = port.parse().unwrap();
        let url = format!("{head}127.0.0.1:{}/{database}", listener.local_addr().unwrap().port());
        let sky = Sky(Arc::default());
        let seen = sky.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if seen.now() == Weather::Cut {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, seen.clone()));
                tokio::spawn(carry(far_in, near_out, seen.clone()));
            }
        });
        Self { sky, url, task }
    }

    pub fn set(&self, weather: Weather) {
        self.sky.0.store(weather.number(), Ordering::SeqCst);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, sky: Sky) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::time::timeout(Duration::from_millis(20), from.read(&mut buffer)).await;
        while sky.now() == Weather::Silent {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let count = match read {
            _ if sky.now() == Weather::Cut => return,
            Ok(Ok(0) | Err(_)) => return,
            Ok(Ok(count)) => count,
            Err(_) => continue,
        };
        if let Weather::Slow(ms) = sky.now() {
            tokio::time::sleep(Duration::from_millis(ms.into())).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
