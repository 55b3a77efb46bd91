//! Tells the outside what people must know: questions and ends, signed as Standard Webhooks asks
//! (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…` over `id.timestamp.body`).
//! At least once: a receiver tells repeats by `webhook-id`. Without an address nothing leaves.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use metel_engine::caretakers::Delivery;
use metel_model::time::{Clock, SystemClock};
use metel_model::{Code, Fault};
use metel_net::{Call, Egress, Limits, Method, Net};
use metel_store::OutboxRow;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// Address that is told.
const URL: &str = "METEL_WEBHOOK_URL";
/// Signing secret: `whsec_` and base64, at least 24 bytes.
const SECRET: &str = "METEL_WEBHOOK_SECRET";
const TIMEOUT_MS: u64 = 15_000;
const SECRET_BYTES_MIN: usize = 24;

/// The delivery of the environment.
pub fn of_environment() -> Result<Arc<dyn Delivery>, Fault> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let Some(url) = set(URL) else { return Ok(Arc::new(Nowhere)) };
    let wrong = || {
        Fault::new(Code::ConfigInvalid).detail(
            format!("{SECRET} must be whsec_ and at least {SECRET_BYTES_MIN} bytes in base64"),
            format!("{SECRET}은 whsec_ 뒤에 base64로 {SECRET_BYTES_MIN}바이트 이상이어야 해요"),
        )
    };
    let text = set(SECRET).ok_or_else(wrong)?;
    let bytes = STANDARD.decode(text.trim_start_matches("whsec_")).map_err(|_| wrong())?;
    if bytes.len() < SECRET_BYTES_MIN {
        return Err(wrong());
    }
    // Whoever configures the address means it, wherever it lies.
    let egress = Egress::none().with_base(&url).with_inside_base(&url);
    Ok(Arc::new(Webhook { net: Net::new(Limits::default())?, egress, url, secret: SecretSlice::from(bytes) }))
}

/// Nobody asked to be told: what was queued is done with.
struct Nowhere;

impl Delivery for Nowhere {
    fn deliver<'a>(&'a self, item: &'a OutboxRow) -> BoxFuture<'a, Result<(), Fault>> {
        tracing::debug!(kind = item.kind, "nobody is told: {URL} is not set");
        Box::pin(async { Ok(()) })
    }
}

struct Webhook {
    net: Net,
    egress: Egress,
    url: String,
    secret: SecretSlice<u8>,
}

impl Delivery for Webhook {
    fn deliver<'a>(&'a self, item: &'a OutboxRow) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let id = item.id.to_string();
            let stamp = (SystemClock.now().0 / 1_000_000).to_string();
            let signature = sign(self.secret.expose_secret(), &id, &stamp, &item.body)?;
            let mut call = Call::new(Method::POST, &self.url)
                .header("content-type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", stamp)
                .header("webhook-signature", signature)
                .timeout_ms(TIMEOUT_MS);
            call.body = Some(item.body.clone().into());
            let reply = self.net.send(call, &self.egress).await.map_err(|failure| failure.fault)?;
            match reply.status {
                200..300 => Ok(()),
                status => Err(Fault::new(Code::ToolFailed).about(format!("webhook {status}"))),
            }
        })
    }
}

fn sign(secret: &[u8], id: &str, stamp: &str, body: &str) -> Result<String, Fault> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|e| Fault::new(Code::Internal).about(e))?;
    mac.update(format!("{id}.{stamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn signatures_are_the_published_ones() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
