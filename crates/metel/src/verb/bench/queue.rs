//! `metel bench queue`: messages are published to a topic, then taken and settled by several callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Args;
use metel_model::Fault;
use metel_model::id::MessageId;
use metel_store::TopicPost;
use serde_json::json;

use super::{Common, Place, lost};

#[derive(Args)]
pub struct Queue {
    /// Messages
    #[arg(long, default_value_t = 50_000)]
    count: u64,
    /// Messages of one publishing, and of one taking
    #[arg(long, default_value_t = 1_000)]
    batch: u32,
    /// Callers that publish, and then take, side by side
    #[arg(long, default_value_t = 4)]
    concurrency: u64,
    #[command(flatten)]
    place: Place,
}

impl Queue {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let ground = self.place.open().await?;
        let (store, workspace) = (ground.engine().store().clone(), ground.workspace);
        let now = ground.engine().now();
        let (count, batch, width) = (self.count, u64::from(self.batch.clamp(1, 1_000)), self.concurrency.max(1));
        let topic = store.subscribe_topic(workspace, "bench", "bench", false, 5).await?;

        let next = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        let mut callers = Vec::new();
        for _ in 0..width {
            let (store, next, ids) = (store.clone(), next.clone(), ground.engine().clone());
            callers.push(tokio::spawn(async move {
                loop {
                    let from = next.fetch_add(batch, Ordering::Relaxed);
                    if from >= count {
                        return Ok::<_, Fault>(());
                    }
                    let posts = (from..count.min(from + batch))
                        .map(|n| TopicPost { id: MessageId(ids.ids().next()), body: format!("{{\"n\":{n}}}") });
                    store.publish_topic(workspace, "bench", posts.collect(), "user:bench", now).await?;
                }
            }));
        }
        for caller in callers {
            caller.await.map_err(lost)??;
        }
        let enqueued = began.elapsed();

        let seen = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        let mut callers = Vec::new();
        for _ in 0..width {
            let (store, topic, seen) = (store.clone(), topic.clone(), seen.clone());
            callers.push(tokio::spawn(async move {
                while let Some((given, messages)) =
                    store.lease_topic(&topic, batch as u32, now, now.plus_millis(30_000)).await?
                {
                    seen.fetch_add(messages.len() as u64, Ordering::Relaxed);
                    store.settle_topic(&topic, &given, Vec::new(), now).await?;
                }
                Ok::<_, Fault>(())
            }));
        }
        for caller in callers {
            caller.await.map_err(lost)??;
        }
        let processed = began.elapsed();
        let seen = seen.load(Ordering::Relaxed);
        let rate = count as f64 / (enqueued + processed).as_secs_f64();
        let line = json!({
            "count": count, "taken": seen, "enqueue_s": enqueued.as_secs_f64(), "process_s": processed.as_secs_f64(),
            "per_s": rate.round(),
        });
        if common.json {
            println!("{line}");
        } else {
            println!(
                "{count} messages: published in {:.3} s, taken and settled in {:.3} s   {rate:.0}/s",
                enqueued.as_secs_f64(),
                processed.as_secs_f64()
            );
        }
        ground.close().await;
        Ok(u8::from(seen != count))
    }
}
