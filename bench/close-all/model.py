"""A model that opens a position in every market when it is told to, and else wants nothing."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model:
    """The endpoint, as long as this process runs."""

    def __init__(self, markets):
        self.markets = markets
        self.opens = False
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/models"):
                    self.answer({"object": "list", "data": [{"id": "deepseek-flash", "object": "model"}]})
                else:
                    self.answer({"is_available": True, "balance_infos": [
                        {"currency": "USD", "total_balance": "100.00", "granted_balance": "0.00",
                         "topped_up_balance": "100.00"}]})

            def do_POST(self):
                length = int(self.headers.get("content-length", 0))
                prompt = json.loads(self.rfile.read(length))["messages"][-1]["content"]
                self.answer({
                    "id": "x", "object": "chat.completion", "model": "deepseek-flash",
                    "choices": [{"index": 0, "finish_reason": "stop",
                                 "message": {"role": "assistant", "content": json.dumps(model.reply(prompt))}}],
                    "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}})

            def answer(self, data):
                body = json.dumps(data).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reply(self, prompt):
        """The decisions, with a stop 5 % away, for the view that the prompt is about."""
        view = int(re.search(r"view_id: (\d+)", prompt)[1])
        decisions = []
        for market in self.markets if self.opens else ():
            mark = float(re.search(rf"MARKET {market}\n.*?, mark ([\d.]+)", prompt, re.DOTALL)[1])
            decisions.append({"symbol": market, "action": "open_long", "confidence": 90, "risk_bps": 20,
                              "stop_px": f"{mark * 0.95:.4g}" if mark < 1000 else str(round(mark * 0.95, -1))[:-2],
                              "reason": "The benchmark wants it."})
        return {"schema": 1, "view_id": view, "decisions": decisions}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
