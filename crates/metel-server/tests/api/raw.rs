//! Clients that do not speak HTTP, or slowly: each is turned away or let go, and the server goes on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use metel_server::{Patience, Reach, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::house::{self, House};

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn run(house: &House, patience: Patience) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut app = house::app(&house.platform, house.ours, &house.sandbox);
    app.patience = patience;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, app, stop.clone()));
    Running { address, stop, serving }
}

impl Running {
    /// Sends bytes and gives what came back until the server closed or fell silent.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let mut back = Vec::new();
        let _ = tokio::time::timeout(Duration::from_millis(400), stream.read_to_end(&mut back)).await;
        String::from_utf8_lossy(&back).into_owned()
    }

    async fn is_well(&self, after: &str) {
        let began = Instant::now();
        let answer = self.say(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "after {after}: {answer}");
        assert!(began.elapsed() < Duration::from_secs(2), "after {after}: {:?}", began.elapsed());
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(8), self.serving).await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_turned_away() {
    let house = House::build().await;
    let running = run(&house, Patience { head: Duration::from_millis(300), body: Duration::from_millis(300) }).await;
    let token = &house.tokens["owner"];
    let post = |headers: &str, body: &str| {
        format!("POST /v1/plans HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}").into_bytes()
    };
    let long = "a".repeat(200_000);
    let many = "X-H: v\r\n".repeat(20_000);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("noise", (0..=255u8).cycle().take(8_192).collect()),
        ("a TLS greeting", vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
        ("HTTP/2 without asking", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("HTTP/0.9", b"GET /\r\n".to_vec()),
        ("no version", b"GET /health\r\n\r\n".to_vec()),
        ("an odd version", b"GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n".to_vec()),
        ("an odd method", b"G\0T /health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a space too many", b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a long address", format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()),
        ("a long header", format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n").into_bytes()),
        ("many headers", format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{many}\r\n").into_bytes()),
        ("a header without a name", b"GET /health HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n".to_vec()),
        ("NUL in a header", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n".to_vec()),
        ("a folded header", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n".to_vec()),
        ("two hosts", b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n".to_vec()),
        ("an address of elsewhere", b"GET http://evil.example/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("a proxy's request", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n".to_vec()),
        ("a length below zero", post("Content-Length: -1", "{}")),
        ("a length of words", post("Content-Length: many", "{}")),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 20", "{}")),
        ("a huge length", post("Content-Length: 99999999999999999999", "{}")),
        ("a length and chunks", post("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        ("broken chunks", post("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n")),
        ("an endless chunk", post("Transfer-Encoding: chunked", "ffffffffffffffff\r\n{}")),
        ("an odd coding", post("Transfer-Encoding: smuggled", "{}")),
        ("a body that does not come", post("Content-Length: 1000", "{\"request\":")),
        ("a second request inside", post("Content-Length: 0", "GET /v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n")),
        (
            "an upgrade to nowhere",
            b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n".to_vec(),
        ),
        ("nothing", Vec::new()),
    ];
    let before = house.state().await;
    for (what, bytes) in cases {
        let answer = running.say(&bytes).await;
        for line in answer.lines().filter(|line| line.starts_with("HTTP/1.")) {
            let status: u16 = line.split(' ').nth(1).unwrap().parse().unwrap();
            let fine = matches!(what, "a space too many" | "a folded header" | "a second request inside");
            assert!((400..500).contains(&status) || fine, "{what}: {line}");
        }
        running.is_well(what).await;
    }
    assert_eq!(before, house.state().await);
    running.end().await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_hold_nobody_up() {
    let house = House::build().await;
    let running = run(&house, Patience { head: Duration::from_millis(700), body: Duration::from_millis(700) }).await;
    let token = &house.tokens["owner"];
    let mut slow = Vec::new();
    for i in 0..300 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let begun = match i % 3 {
            0 => "GET /health HTTP/1.1\r\nHo".to_owned(),
            1 => format!(
                "POST /v1/plans HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{"
            ),
            _ => String::new(),
        };
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let began = Instant::now();
    for i in 0..20 {
        running.is_well("slow clients").await;
        // A byte now and then does not buy more time.
        for stream in slow.iter_mut().skip(i).step_by(40) {
            let _ = stream.write_all(b"x").await;
        }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for mut stream in slow {
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "a slow client is still there");
        let answer = String::from_utf8_lossy(&rest);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    running.end().await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_are_let_in_only_when_somebody_said_so() {
    let house = House::build().await;
    let everywhere = || TcpListener::bind("0.0.0.0:0");
    let app = || house::app(&house.platform, house.ours, &house.sandbox);
    let refused = serve(everywhere().await.unwrap(), app(), CancellationToken::new()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
    assert!(refused.to_string().contains("METEL-0010"), "{refused}");
    let mut open = app();
    open.reach = Reach::Network;
    let stop = CancellationToken::new();
    stop.cancel();
    serve(everywhere().await.unwrap(), open, stop).await.unwrap();
    for address in ["127.0.0.1:1", "[::1]:1", "127.8.8.8:1"] {
        assert!(Reach::ThisMachine.allows(address.parse().unwrap()).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:1", "[::]:1", "192.168.0.2:1", "[::ffff:10.0.0.1]:1"] {
        assert!(Reach::ThisMachine.allows(address.parse().unwrap()).is_err(), "{address}");
    }
    house.end().await;
}
