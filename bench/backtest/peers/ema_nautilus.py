"""The EMA cross in NautilusTrader: its event-driven engine with a strategy in Python.

    ema_nautilus.py CANDLES.csv orders|signals

`BacktestEngine` with logging bypassed, one netting margin venue (with bar execution where orders are sent), NautilusTrader's own EMAs (same
seed and alpha as ours), and its usual pattern for a flip: close the position, then open the other side, two market
orders. It fills a market order at the close of the candle that the strategy has just seen, so sizes, fills and equity
are those of the close, not of the next open; the signals are the same. The time is that of `engine.run()`; reading the
file and building the bars is not timed.
"""

import json
import sys
import time
from decimal import Decimal

import nautilus_trader
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model import BarType, InstrumentId, Money, Price, Quantity, Symbol, Venue
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

FAST, SLOW, NOTIONAL, BALANCE, FEE = 10, 20, 1_000.0, 10_000_000, Decimal("0.00045")
VENUE = Venue("SIM")


class EmaCrossConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    send_orders: bool


class EmaCross(Strategy):
    """Act on the close that changed the wish."""

    def __init__(self, config):
        super().__init__(config)
        self.fast = ExponentialMovingAverage(FAST)
        self.slow = ExponentialMovingAverage(SLOW)
        self.instrument = None
        self.acted = 0
        self.signals = 0

    def on_start(self):
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.register_indicator_for_bars(self.config.bar_type, self.fast)
        self.register_indicator_for_bars(self.config.bar_type, self.slow)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar):
        if not self.slow.initialized:
            return
        fast, slow = self.fast.value, self.slow.value
        wish = 1 if fast > slow else -1 if fast < slow else self.acted
        if wish == self.acted:
            return
        self.acted = wish
        self.signals += 1
        if self.config.send_orders:
            self.flip(wish, bar.close.as_double())

    def flip(self, wish, price):
        """Close what is open and open the other side."""
        instrument_id = self.config.instrument_id
        self.close_all_positions(instrument_id)
        self.submit_order(self.order_factory.market(
            instrument_id=instrument_id,
            order_side=OrderSide.BUY if wish > 0 else OrderSide.SELL,
            quantity=self.instrument.make_qty(NOTIONAL / price, round_down=True),
        ))


def instrument():
    """A BTC perpetual with prices in cents and sizes in 0.00001."""
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol("BTCUSDT-PERP"), VENUE), raw_symbol=Symbol("BTCUSDT"),
        base_currency=BTC, quote_currency=USDT, settlement_currency=USDT, is_inverse=False,
        price_precision=2, price_increment=Price.from_str("0.01"),
        size_precision=5, size_increment=Quantity.from_str("0.00001"),
        margin_init=Decimal("0.05"), margin_maint=Decimal("0.025"), maker_fee=FEE, taker_fee=FEE,
        ts_event=0, ts_init=0,
    )


def main():
    path, work = sys.argv[1:]
    table = pd.read_csv(path)
    table.index = pd.to_datetime(table.pop("time"), unit="ms", utc=True)
    table.index.name = "timestamp"

    market = instrument()
    bar_type = BarType.from_str(f"{market.id}-1-MINUTE-LAST-EXTERNAL")
    bars = BarDataWrangler(bar_type, market).process(table)

    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False))
    send_orders = work == "orders"
    engine.add_venue(
        venue=VENUE, oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=USDT,
        starting_balances=[Money(BALANCE, USDT)], bar_execution=send_orders,
    )
    engine.add_instrument(market)
    engine.add_data(bars)
    strategy = EmaCross(EmaCrossConfig(instrument_id=market.id, bar_type=bar_type, send_orders=send_orders))
    engine.add_strategy(strategy)

    started = time.perf_counter()
    engine.run()
    elapsed = time.perf_counter() - started

    orders = engine.cache.orders()
    equity = engine.portfolio.account(VENUE).balance_total(USDT).as_double()
    open_pnl = sum(
        position.unrealized_pnl(bars[-1].close).as_double() for position in engine.cache.positions_open()
    )
    print(json.dumps({
        "engine": "NautilusTrader, Python strategy",
        "version": nautilus_trader.__version__,
        "bars": len(bars),
        "signals": strategy.signals,
        "orders": len(orders),
        "fills": sum(order.filled_qty > 0 for order in orders),
        "final_equity": repr(equity + open_pnl) if send_orders else None,
        "elapsed_s": elapsed,
        "bars_per_s": len(bars) / elapsed,
    }))


if __name__ == "__main__":
    main()
