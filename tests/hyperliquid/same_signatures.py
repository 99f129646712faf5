#!/usr/bin/env python3
"""Hundreds of random actions, signed by the venue's own Python SDK and by this project: hash and signature are the same.

    AICOIN_SIGN_VECTORS=…/examples/sign_vectors same_signatures.py [SEED]

The seed is printed with a failure; the usual one is fixed, so that a run can be repeated.
"""

import copy
import json
import os
import random
import subprocess
import sys

import judge
from eth_account import Account
from hyperliquid.utils import signing
from judge import holds, promise, same

# Of each kind.
TIMES = 40
# A larger number is none that MessagePack's shortest form and JSON's integers share.
NONCE_MAX = 2**63 - 1
SECONDS = 60

SEED = 20261125


def programs_answers(questions):
    """What the program under judgement answers, one object for each question."""
    program = os.environ.get("AICOIN_SIGN_VECTORS")
    if not program:
        raise SystemExit("AICOIN_SIGN_VECTORS must name the example sign_vectors of aicoin-hyperliquid.")
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    run = subprocess.run([program], input=asked, capture_output=True, text=True, timeout=SECONDS, check=False)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    holds(run.returncode == 0 and len(answers) == len(questions), f"after {len(answers)} answers: {run.stderr}")
    return answers


def random_key(rng):
    return f"0x{rng.randrange(1, 2**255):064x}"


def random_address(rng):
    return f"0x{rng.getrandbits(160):040x}"


def random_cloid(rng):
    return f"0x{rng.getrandbits(128):032x}"


def random_number(rng):
    """A decimal as the wire has it: up to eight decimals, no zeros at the end."""
    digits = rng.randint(0, 8)
    number = rng.randrange(1, 10 ** rng.randint(1, 9)) / 10**digits
    return signing.float_to_wire(round(number, digits) or 1.0)


def random_whole(rng):
    """A whole number of any length that MessagePack has."""
    return rng.randrange(2 ** rng.choice([4, 7, 8, 16, 31, 32, 33, 48, 53]))


def random_order(rng):
    kind = rng.choice(["Gtc", "Ioc", "Alo", "trigger"])
    if kind == "trigger":
        order_type = {
            "trigger": {
                "isMarket": rng.random() < 0.5,
                "triggerPx": random_number(rng),
                "tpsl": rng.choice(["tp", "sl"]),
            }
        }
    else:
        order_type = {"limit": {"tif": kind}}
    order = {
        "a": random_whole(rng) % 2**32,
        "b": rng.random() < 0.5,
        "p": random_number(rng),
        "s": random_number(rng),
        "r": rng.random() < 0.5,
        "t": order_type,
    }
    if rng.random() < 0.5:
        order["c"] = random_cloid(rng)
    return order


def fast(rng, action, name):
    """With the switch that is left out when it is false."""
    return {**action, name: True} if rng.random() < 0.3 else action


def an_order(rng):
    orders = [random_order(rng) for _ in range(rng.choice([1, 1, 2, 3, 17]))]
    return {"type": "order", "orders": orders, "grouping": rng.choice(["na", "normalTpsl", "positionTpsl"])}


def an_order_with_a_builder(rng):
    return {**an_order(rng), "builder": {"b": random_address(rng), "f": rng.randrange(100)}}


def an_order_with_a_priority_fee(rng):
    return {**an_order(rng), "grouping": {"p": rng.randrange(1000)}}


def a_cancel(rng):
    cancels = [{"a": random_whole(rng) % 2**32, "o": random_whole(rng)} for _ in range(rng.randint(1, 40))]
    return fast(rng, {"type": "cancel", "cancels": cancels}, "f")


def a_cancel_by_cloid(rng):
    cancels = [{"asset": rng.randrange(300), "cloid": random_cloid(rng)} for _ in range(rng.randint(1, 40))]
    return fast(rng, {"type": "cancelByCloid", "cancels": cancels}, "f")


def random_reference(rng):
    return random_cloid(rng) if rng.random() < 0.5 else random_whole(rng)


def a_modify(rng):
    return fast(rng, {"type": "modify", "oid": random_reference(rng), "order": random_order(rng)}, "a")


def a_batch_modify(rng):
    modifies = [{"oid": random_reference(rng), "order": random_order(rng)} for _ in range(rng.randint(1, 5))]
    return fast(rng, {"type": "batchModify", "modifies": modifies}, "a")


def a_leverage(rng):
    return {"type": "updateLeverage", "asset": rng.randrange(300), "isCross": rng.random() < 0.5, "leverage": rng.randint(1, 50)}


def a_margin(rng):
    ntli = random_whole(rng) * rng.choice([1, -1])
    return {"type": "updateIsolatedMargin", "asset": rng.randrange(300), "isBuy": True, "ntli": ntli}


def a_schedule(rng):
    return {"type": "scheduleCancel", "time": random_whole(rng)} if rng.random() < 0.7 else {"type": "scheduleCancel"}


def a_noop(_rng):
    return {"type": "noop"}


TYPED = [an_order, a_cancel, a_cancel_by_cloid, a_modify, a_batch_modify, a_leverage, a_margin, a_schedule, a_noop]
# What the worker never sends, and the simulator must recognise all the same.
OTHERS = [an_order_with_a_builder, an_order_with_a_priority_fee]

SIGNED = {
    "usdSend": signing.sign_usd_transfer_action,
    "spotSend": signing.sign_spot_transfer_action,
    "withdraw3": signing.sign_withdraw_from_bridge_action,
    "usdClassTransfer": signing.sign_usd_class_transfer_action,
    "sendAsset": signing.sign_send_asset_action,
    "approveAgent": signing.sign_agent,
    "approveBuilderFee": signing.sign_approve_builder_fee,
    "userDexAbstraction": signing.sign_user_dex_abstraction_action,
}


def a_user_action(rng, kind):
    moment, amount = random_whole(rng), random_number(rng)
    fields = {
        "usdSend": {"destination": random_address(rng), "amount": amount, "time": moment},
        "spotSend": {"destination": random_address(rng), "amount": amount, "token": "PURR:0xc1", "time": moment},
        "withdraw3": {"destination": random_address(rng), "amount": amount, "time": moment},
        "usdClassTransfer": {"amount": amount, "toPerp": rng.random() < 0.5, "nonce": moment},
        "sendAsset": {
            "destination": random_address(rng), "sourceDex": "", "destinationDex": "spot", "token": "USDC",
            "amount": amount, "fromSubAccount": "", "nonce": moment,
        },
        "approveAgent": {
            "agentAddress": Account.from_key(random_key(rng)).address, "agentName": rng.choice(["", "bot", "a b é"]), "nonce": moment,
        },
        "approveBuilderFee": {"maxFeeRate": "0.001%", "builder": random_address(rng), "nonce": moment},
        "userDexAbstraction": {"user": random_address(rng), "enabled": rng.random() < 0.5, "nonce": moment},
    }
    return {"type": kind, **fields[kind]}


def numbers(signature):
    """The SDK leaves zeros in front out."""
    return int(signature["r"], 16), int(signature["s"], 16), signature["v"]


def judged(makers, is_typed):
    rng = random.Random(f"{SEED} {is_typed}")
    questions = []
    for maker in makers:
        for _ in range(TIMES):
            questions.append({
                "key": random_key(rng),
                "network": rng.choice(["mainnet", "testnet"]),
                "action": maker(rng),
                "nonce": rng.randrange(NONCE_MAX) if rng.random() < 0.2 else 1_764_000_000_000 + rng.randrange(10**10),
                "vaultAddress": random_address(rng) if rng.random() < 0.3 else None,
                "expiresAfter": 1_764_000_000_000 + rng.randrange(10**10) if rng.random() < 0.5 else None,
            })
    for question, answer in zip(questions, programs_answers(questions)):
        wallet = Account.from_key(question["key"])
        action, nonce = question["action"], question["nonce"]
        vault, expires = question["vaultAddress"], question["expiresAfter"]
        is_mainnet = question["network"] == "mainnet"
        what = json.dumps(question)
        same(answer["connectionId"], "0x" + signing.action_hash(action, vault, nonce, expires).hex().removeprefix("0x"), what)
        same(numbers(answer), numbers(signing.sign_l1_action(wallet, action, vault, nonce, expires, is_mainnet)), what)
        recovered = signing.recover_agent_or_user_from_l1_action(action, answer, vault, nonce, expires, is_mainnet)
        same((recovered, answer["signer"]), (wallet.address, wallet.address.lower()), what)
        same(answer["isTyped"], is_typed, what)
    print(f"figure: {len(questions)} actions of {len(makers)} kinds signed by both, seed {SEED}")


@promise
def what_the_worker_signs_is_what_the_sdk_signs():
    judged(TYPED, True)


@promise
def what_others_sign_is_recognised():
    judged(OTHERS, False)


@promise
def what_a_master_signs_is_recognised():
    rng = random.Random(f"{SEED} master")
    questions, expected = [], []
    for kind, sign in SIGNED.items():
        for _ in range(TIMES // 3):
            key, action = random_key(rng), a_user_action(rng, kind)
            expected.append(sign(Account.from_key(key), action, rng.random() < 0.5))
            # Signing adds the chain to the action.
            questions.append({"key": key, "network": "testnet", "userSigned": copy.deepcopy(action)})
    for question, answer, signature in zip(questions, programs_answers(questions), expected):
        same(numbers(answer), numbers(signature), json.dumps(question))
        same(answer["signer"], Account.from_key(question["key"]).address.lower())


@promise
def numbers_are_written_as_the_sdk_writes_them():
    rng = random.Random(f"{SEED} numbers")
    questions = []
    for _ in range(2000):
        places = rng.randint(0, 8)
        texts = [f"{rng.randrange(1, 10**7) / 10**places:.{places}f}" for _ in range(2)]
        if all(float(text) > 0 for text in texts):
            questions.append({"price": texts[0], "size": texts[1]})
    for question, answer in zip(questions, programs_answers(questions)):
        expected = {"p": signing.float_to_wire(float(question["price"])), "s": signing.float_to_wire(float(question["size"]))}
        same(answer, expected, json.dumps(question))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        SEED = int(sys.argv[1])
    sys.exit(judge.run())
