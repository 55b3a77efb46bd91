// Stripe, judged by its own client.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import Stripe from "stripe";
import { effects, fault, reset, url } from "./sandbox.js";

// The client knows a host and a port only: its paths are put below the simulator's.
const { hostname, port } = new URL(url);
const http = Stripe.createFetchHttpClient((address, options) => {
  const asked = new URL(address);
  return fetch(`${url}/stripe${asked.pathname}${asked.search}`, options);
});
const client = (key) => new Stripe(key, { httpClient: http, host: hostname, port: Number(port), protocol: "http", maxNetworkRetries: 0, telemetry: false });
const stripe = client("sk_test_sandboxstripekey");

beforeEach(reset);

test("payments are listed and refunded once a key", async () => {
  const payments = await stripe.paymentIntents.list({ limit: 2 });
  assert.equal(payments.has_more, true);
  const params = { payment_intent: "pi_sandbox0001", amount: 8000, metadata: { note: "파손 & 지연" } };
  const [one, two] = [await stripe.refunds.create(params, { idempotencyKey: "k-1" }), await stripe.refunds.create(params, { idempotencyKey: "k-1" })];
  assert.equal(one.id, two.id);
  assert.deepEqual([one.amount, one.status, one.metadata.note], [8000, "succeeded", "파손 & 지연"]);
  assert.equal(await effects("stripe", "create_refund"), 1);
  await assert.rejects(stripe.refunds.create({ ...params, amount: 1 }, { idempotencyKey: "k-1" }), { type: "StripeIdempotencyError" });
  const rest = await stripe.refunds.create({ payment_intent: "pi_sandbox0001" });
  assert.equal(rest.amount, 40000);
});

test("refusals are Stripe's", async () => {
  await assert.rejects(stripe.refunds.create({ payment_intent: "pi_none" }), { type: "StripeInvalidRequestError", code: "resource_missing" });
  await assert.rejects(stripe.refunds.create({ payment_intent: "pi_sandbox0002", amount: 99999 }), { code: "amount_too_large" });
  await assert.rejects(client("sk_test_wrong").balance.retrieve(), { type: "StripeAuthenticationError" });
  await fault({ service: "stripe", kind: "429" });
  await assert.rejects(stripe.balance.retrieve(), { type: "StripeRateLimitError" });
  await fault({ service: "stripe", kind: "500" });
  await assert.rejects(stripe.balance.retrieve(), { type: "StripeAPIError" });
});
