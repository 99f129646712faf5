"""The peer kopf: the reconcile of the benchmark as a careful Python author writes it.

Asynchronous handlers, one keep-alive session with raw JSON (no typed client, whose parsing costs more than the rest),
POST for a new bot, server-side apply afterwards, status patched only when it changes, uvloop.
Environment: KUBECONFIG, BENCH_CHILDREN (the file children.json), BENCH_METRICS (host:port).
"""

import copy
import datetime
import hashlib
import json
import os

import aiohttp
import kopf
from aiohttp import web

GROUP, VERSION = "aicoin.dev", "v1alpha1"
MANAGER = "aicoin-operator"
CONCURRENCY = 32

with open(os.environ["BENCH_CHILDREN"], encoding="utf-8") as file:
    TEMPLATES = json.load(file)

CONDITIONS = (
    ("Ready", "False", "WorkerNotReady", "The worker's pod is not ready."),
    ("Progressing", "True", "Starting", "The worker is starting."),
    ("Degraded", "False", "AsExpected", ""),
    ("TradingPaused", "False", "NotEffective", ""),
    ("PositionsClosed", "False", "NotAsked", ""),
    ("SpecValid", "True", "Valid", ""),
    ("ReconciliationPaused", "False", "NotAsked", ""),
)


class Api:
    """The session that children are written through."""

    server = ""
    session = None


# The bots that this process has handled without an error, each once: the benchmark's only addition.
HANDLED = set()


@kopf.on.login()
def login(**kwargs):
    """As kopf does it when no client library is there; kept for our own session."""
    connection = kopf.login_with_kubeconfig(**kwargs)
    Api.server, Api.ssl = connection.server, connection.as_ssl_context()
    return connection


@kopf.on.startup()
async def startup(settings: kopf.OperatorSettings, **_):
    settings.persistence.finalizer = "aicoin.dev/close"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage()
    settings.posting.enabled = False
    host, port = os.environ["BENCH_METRICS"].rsplit(":", 1)
    app = web.Application()
    app.router.add_get("/metrics", lambda _: web.Response(text=f"bench_bots_reconciled {len(HANDLED)}\n"))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, int(port)).start()


@kopf.on.cleanup()
async def cleanup(**_):
    if Api.session is not None:
        await Api.session.close()


def session():
    if Api.session is None:
        Api.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=Api.ssl, limit=CONCURRENCY),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=30),
        )
    return Api.session


def manifest(name, namespace, uid, spec):
    """What the worker gets to read: the trading part of the bot, without what no pod may depend on."""
    kept = {key: value for key, value in spec.items()
            if key not in ("desiredState", "deletionPolicy", "acknowledgeRisk", "worker")}
    return json.dumps({"apiVersion": f"{GROUP}/{VERSION}", "kind": "TradingBot",
                       "metadata": {"name": name, "namespace": namespace, "uid": uid}, "spec": kept},
                      sort_keys=True, separators=(",", ":"))


def children(body, name, namespace, uid, spec):
    """What a bot should have as (path, object), in the order in which it is made: the workload last."""
    text = manifest(name, namespace, uid, dict(spec))
    worker = f"{name}-worker"
    config = f"{worker}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    labels = {**TEMPLATES["labels"], "app.kubernetes.io/instance": name, "aicoin.dev/bot": name,
              "aicoin.dev/bot-uid": uid}
    selector = {"aicoin.dev/bot-uid": uid}

    config_map = copy.deepcopy(TEMPLATES["configMap"])
    config_map["metadata"] = {"name": config}
    config_map["data"] = {"bot.yaml": text}

    service = copy.deepcopy(TEMPLATES["service"])
    service["metadata"] = {"name": worker}
    service["spec"]["selector"] = selector

    deployment = copy.deepcopy(TEMPLATES["deployment"])
    deployment["metadata"] = {"name": worker}
    deployment["spec"]["selector"] = {"matchLabels": selector}
    deployment["spec"]["template"]["metadata"] = {"labels": labels}
    for volume in deployment["spec"]["template"]["spec"]["volumes"]:
        if volume["name"] == "bot":
            volume["configMap"]["name"] = config

    core, apps = f"/api/v1/namespaces/{namespace}", f"/apis/apps/v1/namespaces/{namespace}"
    all_of_them = [(f"{core}/configmaps", config_map), (f"{core}/services", service),
                   (f"{apps}/deployments", deployment)]
    for _, child in all_of_them:
        child["metadata"] |= {"namespace": namespace, "labels": labels}
        kopf.append_owner_reference(child, owner=body)
        applied = hashlib.sha256(json.dumps(child, sort_keys=True).encode()).hexdigest()[:16]
        child["metadata"]["annotations"] = {"aicoin.dev/applied": applied}
    return all_of_them


async def checked(response):
    if response.status >= 400:
        text = await response.text()
        raise kopf.TemporaryError(f"{response.method} {response.url.path}: {response.status} {text[:200]}", delay=2)
    await response.read()


async def create(path, child):
    """POST; one that is there already, from a try before, is left to server-side apply."""
    async with session().post(f"{Api.server}{path}?fieldManager={MANAGER}", json=child) as response:
        if response.status != 409:
            return await checked(response)
    return await apply(path, child)


async def apply(path, child):
    url = f"{Api.server}{path}/{child['metadata']['name']}?fieldManager={MANAGER}&force=true"
    async with session().patch(url, data=json.dumps(child),
                               headers={"Content-Type": "application/apply-patch+yaml"}) as response:
        await checked(response)


def status_of(generation, spec, old):
    """What the status should be: all conditions, as without a worker."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = {condition["type"]: condition for condition in old.get("conditions", [])}
    conditions = []
    for kind, value, reason, message in CONDITIONS:
        was = before.get(kind, {})
        since = was["lastTransitionTime"] if was.get("status") == value else now
        conditions.append({"type": kind, "status": value, "reason": reason, "message": message,
                           "observedGeneration": generation, "lastTransitionTime": since})
    desired = spec.get("desiredState", "Running")
    control = dict(old.get("control", {}))
    if control.get("desired") != desired:
        control = {"desired": desired, "generation": control.get("generation", 0) + 1}
    return {"observedGeneration": generation, "state": "Starting", "conditions": conditions, "control": control}


@kopf.on.create(GROUP, VERSION, "tradingbots")
@kopf.on.resume(GROUP, VERSION, "tradingbots")
@kopf.on.update(GROUP, VERSION, "tradingbots", field="spec")
async def reconcile(body, meta, name, namespace, uid, spec, status, patch, reason, **_):
    write = create if reason == "create" else apply
    for path, child in children(body, name, namespace, uid, spec):
        await write(path, child)
    wanted = status_of(meta["generation"], spec, status)
    if any(status.get(key) != value for key, value in wanted.items()):
        patch.status.update(wanted)
    HANDLED.add(uid)


@kopf.on.delete(GROUP, VERSION, "tradingbots")
async def delete(**_):
    """The children go by their owner references; the finalizer alone is what this handler is for."""
