// Speech and pictures, judged by the vendors' clients where there is one.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import OpenAI from "openai";
import { fault, reset, url } from "./sandbox.js";

const openai = new OpenAI({ apiKey: "sandbox-openai-key", baseURL: `${url}/openai/v1`, maxRetries: 0 });
const elevenlabs = new ElevenLabsClient({ apiKey: "sandbox-elevenlabs-key", baseUrl: `${url}/elevenlabs` });

beforeEach(reset);

test("OpenAI speaks and draws", async () => {
  const speech = await openai.audio.speech.create({ model: "gpt-4o-mini-tts", voice: "nova", input: "안녕하세요", response_format: "wav" });
  const bytes = Buffer.from(await speech.arrayBuffer());
  assert.equal(bytes.subarray(0, 4).toString(), "RIFF");
  const image = await openai.images.generate({ model: "gpt-image-1", prompt: "항구", size: "1024x1024" });
  assert.deepEqual([...Buffer.from(image.data[0].b64_json, "base64").subarray(1, 4)], [...Buffer.from("PNG")]);
  await assert.rejects(openai.audio.speech.create({ model: "m", voice: "nobody", input: "x" }), { status: 400 });
});

test("ElevenLabs lists voices and speaks", async () => {
  const { voices } = await elevenlabs.voices.search();
  assert.deepEqual(voices.map((voice) => voice.name), ["Rachel", "하늘"]);
  const stream = await elevenlabs.textToSpeech.convert(voices[0].voiceId, { text: "Hello there", modelId: "eleven_multilingual_v2" });
  const pieces = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  assert.ok(Buffer.concat(pieces).length > 1000);
  const wrong = new ElevenLabsClient({ apiKey: "wrong", baseUrl: `${url}/elevenlabs` });
  await assert.rejects(wrong.voices.search(), { statusCode: 401 });
  await fault({ service: "elevenlabs", kind: "429" });
  await assert.rejects(elevenlabs.voices.search({}, { maxRetries: 0 }), { statusCode: 429 });
});
