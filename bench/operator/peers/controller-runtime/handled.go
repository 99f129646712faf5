package main

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// handled counts the bots that this process has handled without an error, each once: the benchmark's only addition.
type handled struct {
	mutex sync.Mutex
	bots  map[types.UID]struct{}
	gauge prometheus.Gauge
}

func newHandled() *handled {
	h := &handled{
		bots: map[types.UID]struct{}{},
		gauge: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "bench_bots_reconciled",
			Help: "Bots that this process has handled without an error since it started.",
		}),
	}
	metrics.Registry.MustRegister(h.gauge)
	return h
}

func (h *handled) add(uid types.UID) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.bots[uid] = struct{}{}
	h.gauge.Set(float64(len(h.bots)))
}
