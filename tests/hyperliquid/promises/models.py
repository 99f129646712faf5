"""The AI endpoint, asked by a client that was written for another vendor: OpenAI's own Python library."""

import json

import openai
from judge import holds, promise, same
from promises.world import sim

MESSAGES = [
    {"role": "system", "content": "Reply with one json object."},
    {"role": "user", "content": "LIMITS\nrisk_bps_max: 50\nleverage_max: 3\nconfidence_min_to_open: 60\n\n"
     "MARKETS: symbol, price step, the venue's highest leverage\nBTC, 1, 40\n\nVIEW\nview_id: 42\n\n"
     "MARKET BTC\nbid 46319, ask 46320, mark 46319, age 120 ms\nopening: allowed\nposition: none\n"
     "ema20 46296.7, atr14 59.8\ncandles, oldest first: seconds since its start, open, high, low, close, volume\n"
     "120, 46360, 46385, 46335, 46365, 12.50\n60, 46380, 46405, 46355, 46385, 12.50\n\nReply to view_id 42 with one json object.\n"},
]


def client(path="/v1", timeout=10):
    return openai.OpenAI(base_url=sim().base_url + path, api_key="sk-any", max_retries=0, timeout=timeout)


def ask(asked=None, **more):
    return (asked or client()).chat.completions.create(
        model="deepseek-flash", messages=MESSAGES, response_format={"type": "json_object"}, **more
    )


def planned(*plans):
    sim().call("DELETE", "/sim/faults")
    sim().call("POST", "/sim/faults", {"rules": [], "ai": list(plans)})


def is_a_reply(text):
    reply = json.loads(text)
    same((reply["schema"], reply["view_id"], [one["symbol"] for one in reply["decisions"]]), (1, 42, ["BTC"]))
    return reply


@promise
def a_question_is_answered_with_counters():
    planned()
    answer = ask(extra_body={"thinking": {"type": "disabled"}})
    (choice,) = answer.choices
    is_a_reply(choice.message.content)
    same((answer.model, choice.finish_reason, choice.message.role), ("deepseek-flash", "stop", "assistant"))
    usage = answer.usage
    same(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
    holds(usage.prompt_tokens > 100 and usage.completion_tokens > 10, usage)
    same(usage.prompt_cache_hit_tokens + usage.prompt_cache_miss_tokens, usage.prompt_tokens)
    same(usage.prompt_tokens_details.cached_tokens, usage.prompt_cache_hit_tokens)
    # The same question has the same answer.
    same(ask(extra_body={"thinking": {"type": "disabled"}}).choices[0].message.content, choice.message.content)
    thinking = ask().choices[0].message
    holds(thinking.reasoning_content and thinking.content == choice.message.content, thinking)


@promise
def a_stream_says_the_same_piece_by_piece():
    planned({"kind": "keep_alive", "seconds": 1})
    whole, usage = "", None
    for chunk in ask(stream=True, stream_options={"include_usage": True}):
        whole += "".join(choice.delta.content or "" for choice in chunk.choices)
        usage = chunk.usage or usage
    is_a_reply(whole)
    holds(usage.completion_tokens > 10, usage)


@promise
def models_and_balance_are_listed():
    names = [model.id for model in client().models.list()]
    same(names[0], "deepseek-flash")
    for path in ("", "/v1"):
        balance = sim().call("GET", f"{path}/user/balance")
        same((balance["is_available"], balance["balance_infos"][0]["currency"]), (True, "USD"))


@promise
def each_refusal_has_the_error_of_its_status():
    statuses = {
        400: openai.BadRequestError, 401: openai.AuthenticationError, 402: openai.APIStatusError, 422: openai.UnprocessableEntityError,
        429: openai.RateLimitError, 500: openai.InternalServerError, 503: openai.InternalServerError,
    }
    for status, kind in statuses.items():
        planned({"kind": "status", "status": status})
        try:
            ask()
        except kind as error:
            same(error.status_code, status)
            holds(error.body["message"], error.body)
        else:
            raise AssertionError(f"{status} was an answer")
    planned()
    is_a_reply(ask().choices[0].message.content)


@promise
def soft_failures_are_answers_of_status_200():
    for kind, finish_reason in (("length", "length"), ("spaces", "stop"), ("insufficient_system_resource", None)):
        planned({"kind": kind})
        (choice,) = ask().choices
        same(choice.finish_reason, finish_reason or kind)
        if kind != "insufficient_system_resource":
            same(choice.message.content.strip(), "")
    planned({"kind": "blank_lines", "seconds": 1}, {"kind": "other_model", "model": "deepseek-v4-pro"})
    is_a_reply(ask().choices[0].message.content)
    same(ask().model, "deepseek-v4-pro")


@promise
def a_hang_ends_by_the_clients_patience_and_a_cut_body_is_none():
    planned({"kind": "hang"}, {"kind": "cut_body"})
    for _ in range(2):
        try:
            ask(client(timeout=1))
        except openai.APIConnectionError:
            continue
        raise AssertionError("it was answered")
    planned()


@promise
def the_provider_knows_what_it_was_asked():
    planned({"kind": "status", "status": 503})
    before = sim().call("GET", "/sim/ledger")["ai"]["outcomes"]
    try:
        ask()
    except openai.InternalServerError:
        pass
    ask()
    after = sim().call("GET", "/sim/ledger")["ai"]
    changed = {name: count - before.get(name, 0) for name, count in after["outcomes"].items() if count != before.get(name, 0)}
    same(changed, {"status": 1, "200": 1})
    last = after["calls"][-1]
    same((last["view_id"], last["status"], last["fault"]), (42, 200, None))
