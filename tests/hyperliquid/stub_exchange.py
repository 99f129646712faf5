#!/usr/bin/env python3
"""The stub exchange as a server: `/info`, `/exchange`, `/ws`, and `/stub` for what it was told.

    stub_exchange.py MASTER AGENT [--balance USDC] [--seed N] [--drop-replies N]

It prints its address on one line, and ends with its standard input. With `--drop-replies N` every Nth action is carried out
and its answer never sent: whoever sent it has to find out what became of it.
"""

import argparse
import asyncio
import json
import sys

from aiohttp import WSMsgType, web
from stub.venue import Venue, now_ms

MOVE_SECONDS = 0.25
IDLE_SECONDS = 60
USER_CHANNELS = {"orderUpdates": "orderUpdates", "userFills": "userFills", "userEvents": "user"}


class Server:
    """The sockets and the routes around a venue."""

    def __init__(self, args):
        self.venue = Venue(args.master, args.agent, args.balance, args.seed, self.tell)
        self.drop_every = args.drop_replies
        self.sockets = {}  # socket: list of subscriptions
        self.dropped = 0

    def application(self):
        app = web.Application()
        app.add_routes([
            web.post("/info", self.info), web.post("/exchange", self.exchange), web.get("/ws", self.socket), web.get("/stub", self.told),
        ])
        return app

    async def info(self, request):
        answer = self.venue.info(await request.json())
        if answer is None:
            return web.Response(status=422, text="Failed to deserialize the JSON body into the target type")
        return web.json_response(answer)

    async def exchange(self, request):
        answer = self.venue.exchange(await request.json())
        if self.drop_every and len(self.venue.actions) % self.drop_every == 0:
            self.dropped += 1
            request.transport.abort()
        return web.json_response(answer)

    async def told(self, _):
        """What happened, for who judges."""
        account = self.venue.account
        orders = [
            {**order.update(), "reduceOnly": order.reduce_only, "isTrigger": bool(order.trigger), "filled": str(order.sz - order.left)}
            for order in account.orders.values()
        ]
        return web.json_response({
            "actions": self.venue.actions, "dropped": self.dropped, "orders": orders, "fills": account.fills,
            "positions": {name: str(size) for name, (size, _) in account.positions.items()}, "cash": str(account.cash),
        })

    async def socket(self, request):
        socket = web.WebSocketResponse(receive_timeout=IDLE_SECONDS)
        await socket.prepare(request)
        self.sockets[socket] = []
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await self.hear(socket, json.loads(message.data))
        except (asyncio.TimeoutError, ValueError):
            pass
        finally:
            self.sockets.pop(socket, None)
        return socket

    async def hear(self, socket, message):
        method = message.get("method")
        if method == "ping":
            await send(socket, "pong")
        elif method in ("subscribe", "unsubscribe"):
            wanted = message["subscription"]
            if wanted.get("coin", "BTC") not in self.venue.markets:
                # As the venue does: without a word.
                await socket.close()
                return
            await send(socket, "subscriptionResponse", {"method": method, "subscription": wanted})
            if method == "subscribe":
                self.sockets[socket].append(wanted)
                await self.first(socket, wanted)
            else:
                self.sockets[socket] = [one for one in self.sockets[socket] if one != wanted]

    async def first(self, socket, wanted):
        if wanted["type"] == "userFills":
            fills = self.venue.account.fills[::-1]
            await send(socket, "userFills", {"isSnapshot": True, "user": wanted["user"], "fills": fills})
        elif wanted["type"] in ("userFundings", "userNonFundingLedgerUpdates"):
            name = {"userFundings": "fundings"}.get(wanted["type"], "nonFundingLedgerUpdates")
            await send(socket, wanted["type"], {"isSnapshot": True, "user": wanted["user"], name: []})
        else:
            await self.market(socket, wanted)

    async def market(self, socket, wanted):
        """One message of a market stream."""
        kind, market = wanted["type"], self.venue.markets.get(wanted.get("coin"))
        if kind == "allMids":
            await send(socket, kind, {"mids": self.venue.info({"type": "allMids"})})
        elif kind == "l2Book":
            await send(socket, kind, {"coin": market.name, "time": now_ms(), "levels": market.levels()})
        elif kind == "bbo":
            await send(socket, kind, {"coin": market.name, "time": now_ms(), "bbo": [side[0] for side in market.levels()]})
        elif kind == "activeAssetCtx":
            await send(socket, kind, {"coin": market.name, "ctx": market.context()})
        elif kind == "activeAssetData":
            await send(socket, kind, self.venue.info(wanted))
        elif kind == "candle" and wanted["interval"] == "1m":
            await send(socket, kind, market.candle(market.candles[-1]))

    def tell(self, channel, data):
        """What happened to the account, to everybody who asked for it."""
        for socket, wanted in self.sockets.items():
            if any(USER_CHANNELS.get(one["type"]) == channel for one in wanted):
                asyncio.ensure_future(send(socket, channel, data))

    async def run(self):
        runner = web.AppRunner(self.application())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        print(f"the stub listens on http://127.0.0.1:{port}", flush=True)
        ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        while not ended.done():
            await asyncio.sleep(MOVE_SECONDS)
            self.venue.move()
            for socket, wanted in list(self.sockets.items()):
                for one in list(wanted):
                    await self.market(socket, one)
        await runner.cleanup()


async def send(socket, channel, data=None):
    message = {"channel": channel} if data is None else {"channel": channel, "data": data}
    try:
        await socket.send_str(json.dumps(message))
    except (ConnectionError, RuntimeError):
        # It is gone, or going: its own loop takes it away.
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("master")
    parser.add_argument("agent")
    parser.add_argument("--balance", default="10000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drop-replies", type=int, default=0)
    asyncio.run(Server(parser.parse_args()).run())


if __name__ == "__main__":
    main()
