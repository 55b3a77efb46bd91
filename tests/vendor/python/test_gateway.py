"""metel's own OpenAI and Anthropic interfaces, judged by the vendors' Python clients.

METEL and METEL_SANDBOX_BIN are the binaries; both are started here and ended by their own process ids.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

import anthropic
import openai

MODELS = ["chat", "responses", "claude", "gemini"]
TOOL = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}


def started(arguments, ready, **more):
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, **more)
    for line in child.stdout:
        if line.startswith(ready):
            return child, line[len(ready):].strip()
    raise RuntimeError(f"{arguments[0]} ended with {child.wait()}")


def send(method, url, body, key=None):
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=30) as answer:
        return answer.read()


class Gateway(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="metel-python-")
        cls.children = []
        sandbox, cls.sandbox = started([os.environ["METEL_SANDBOX_BIN"], "--port", "0"], "listening ")
        cls.children.append(sandbox)
        unset = {"METEL_MODEL_URL": "", "METEL_MODEL_KEY": "", "OPENAI_API_KEY": "", "METEL_DB": ""}
        environment = {k: v for k, v in {**os.environ, **unset, "METEL_HOME": cls.home}.items() if v}
        metel, cls.url = started([os.environ["METEL"], "up", "--port", "0", "--no-demo"], "metel ready ", env=environment)
        cls.children.append(metel)
        with open(os.path.join(cls.home, "token"), encoding="utf-8") as file:
            cls.key = file.read().strip()
        for provider in ("openai", "anthropic", "gemini"):
            value = {"value": f"sandbox-{provider}-key"}
            send("PUT", f"{cls.url}/v1/secrets/{provider}", value, cls.key)

        def entry(path, secret, protocol, model="sandbox-model"):
            return {"base_url": cls.sandbox + path, "model": model, "secret": secret, "protocol": protocol}

        models = {
            "chat": entry("/openai/v1", "openai", "openai"),
            "responses": entry("/openai/v1", "openai", "openai-responses"),
            "claude": entry("/anthropic/v1", "anthropic", "anthropic"),
            "gemini": entry("/gemini/v1beta", "gemini", "gemini"),
            "gone": entry("/openai/v1", "openai", "openai", "missing-model"),
        }
        settings = {"models": models, "aliases": {"fast": ["gone", "claude"]}}
        send("PUT", f"{cls.url}/v1/model-settings", settings, cls.key)
        cls.openai = openai.OpenAI(api_key=cls.key, base_url=f"{cls.url}/v1", max_retries=0)
        cls.anthropic = anthropic.Anthropic(api_key=cls.key, base_url=f"{cls.url}/anthropic", max_retries=0)

    @classmethod
    def tearDownClass(cls):
        for client in (cls.openai, cls.anthropic):
            client.close()
        for child in reversed(cls.children):
            child.terminate()
            child.wait(timeout=20)
            child.stdout.close()
        shutil.rmtree(cls.home, ignore_errors=True)

    def setUp(self):
        send("POST", f"{self.sandbox}/_control/reset", {})

    def test_chat_whole_and_streamed(self):
        for model in MODELS + ["fast"]:
            ask = {"model": model, "messages": [{"role": "user", "content": "안녕하세요. 반갑습니다."}]}
            whole = self.openai.chat.completions.create(**ask)
            self.assertEqual(whole.choices[0].message.content, "(모의 모델) 안녕하세요. 반갑습니다.", model)
            chunks = self.openai.chat.completions.create(**ask, stream=True)
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
            self.assertEqual(text, whole.choices[0].message.content, model)

    def test_messages_whole_and_streamed(self):
        for model in MODELS + ["fast"]:
            ask = {"model": model, "max_tokens": 200, "messages": [{"role": "user", "content": "안녕하세요. 반갑습니다."}]}
            whole = self.anthropic.messages.create(**ask)
            self.assertEqual(whole.content[0].text, "(모의 모델) 안녕하세요. 반갑습니다.", model)
            with self.anthropic.messages.stream(**ask) as stream:
                text = "".join(stream.text_stream)
                final = stream.get_final_message()
            self.assertEqual(text, whole.content[0].text, model)
            self.assertEqual(final.usage.output_tokens, whole.usage.output_tokens, model)

    def test_tools(self):
        for model in MODELS:
            function = {"name": "notion_create_page", "parameters": TOOL}
            called = self.openai.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": "페이지를 만들어"}],
                tools=[{"type": "function", "function": function}],
                tool_choice="required",
            )
            arguments = json.loads(called.choices[0].message.tool_calls[0].function.arguments)
            self.assertEqual(arguments, {"title": "페이지를 만들어"}, model)
            used = self.anthropic.messages.create(
                model=model,
                max_tokens=200,
                messages=[{"role": "user", "content": "페이지를 만들어"}],
                tools=[{"name": "notion_create_page", "input_schema": TOOL}],
                tool_choice={"type": "any"},
            )
            self.assertEqual(used.stop_reason, "tool_use", model)
            self.assertEqual(used.content[0].input, {"title": "페이지를 만들어"}, model)

    def test_embeddings_names_and_counts(self):
        data = self.openai.embeddings.create(model="chat", input=["회의록", "server cost"]).data
        self.assertEqual([len(row.embedding) for row in data], [256, 256])
        for names in (self.openai.models.list(), self.anthropic.models.list()):
            self.assertLessEqual({"fast", *MODELS}, {model.id for model in names})
        counted = self.anthropic.messages.count_tokens(model="fast", messages=[{"role": "user", "content": "안녕"}])
        self.assertGreater(counted.input_tokens, 0)

    def test_errors(self):
        ask = {"messages": [{"role": "user", "content": "x"}]}
        with self.assertRaises(openai.AuthenticationError):
            openai.OpenAI(api_key="metel_wrong", base_url=f"{self.url}/v1", max_retries=0).models.list()
        with self.assertRaises(openai.NotFoundError):
            self.openai.chat.completions.create(model="nobody", **ask)
        with self.assertRaises(openai.BadRequestError):
            self.openai.chat.completions.create(model="claude", n=3, **ask)
        with self.assertRaises(anthropic.AuthenticationError):
            anthropic.Anthropic(api_key="metel_wrong", base_url=f"{self.url}/anthropic", max_retries=0).messages.create(
                model="fast", max_tokens=9, **ask
            )
        with self.assertRaises(anthropic.NotFoundError):
            self.anthropic.messages.create(model="nobody", max_tokens=9, **ask)
        with self.assertRaises(anthropic.BadRequestError):
            self.anthropic.messages.create(model="claude", max_tokens=9, system=3, **ask)


if __name__ == "__main__":
    unittest.main()
