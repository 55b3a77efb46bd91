//! Serves the router on a listener until told to stop; what is under way may end first.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::routes::router;

/// How long open answers (sockets, waiting starts) may go on after the stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves until `shutdown` is cancelled.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let stop = shutdown.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await });
    let late = async {
        shutdown.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        done = serving.into_future() => done,
        () = late => Ok(()),
    }
}
