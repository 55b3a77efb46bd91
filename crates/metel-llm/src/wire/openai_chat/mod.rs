//! OpenAI Chat Completions. <https://platform.openai.com/docs/api-reference/chat/create>

pub(super) mod answer;
pub(super) mod request;
