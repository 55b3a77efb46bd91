//! OpenAI Responses; nothing is stored there. <https://platform.openai.com/docs/api-reference/responses>

pub(super) mod answer;
pub(super) mod request;
