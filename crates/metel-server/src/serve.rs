//! Serves the router on a listener until told to stop; what is under way may end first.
//!
//! Every connection is bounded: in number, in the size of a request's head, and in the time that a
//! head may take, so that clients that send nothing, or a byte now and then, hold no place for long.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::app::App;
use crate::routes::router;

/// How long open answers (sockets, waiting starts) may go on after the stop.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections at once; further ones wait in the system's own queue.
pub const CONNECTIONS_MAX: usize = 16_384;
/// Largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// Pause after the system would not give a connection (too many open files).
const BREATH: Duration = Duration::from_millis(100);

/// Serves until `shutdown` is cancelled. A listener that other machines can reach is refused unless
/// the app allows it.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken) -> std::io::Result<()> {
    app.reach.allows(listener.local_addr()?).map_err(|fault| {
        let kind = std::io::ErrorKind::PermissionDenied;
        std::io::Error::new(kind, fault)
    })?;
    let head = app.patience.head;
    let router = router(app);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = JoinSet::new();
    loop {
        let (place, accepted) = tokio::select! {
            () = shutdown.cancelled() => break,
            next = async {
                let place = places.clone().acquire_owned().await;
                (place, listener.accept().await)
            } => next,
        };
        match accepted {
            Ok((stream, from)) => {
                let connection = connection(stream, from, head, router.clone(), shutdown.clone());
                open.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    let rest = async { while open.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(PATIENCE, rest).await;
    Ok(())
}

async fn connection(stream: TcpStream, from: SocketAddr, head: Duration, router: Router, shutdown: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %from, "a connection broke off");
    }
}
