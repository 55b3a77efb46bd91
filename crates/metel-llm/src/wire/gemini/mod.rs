//! Google Gemini, `generateContent`. <https://ai.google.dev/api/generate-content>

pub(super) mod answer;
pub(super) mod request;
