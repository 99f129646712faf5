// The peer controller-runtime: the reconcile of the benchmark as a careful Go author writes it.
//
// Typed client, informer caches selected by label with managedFields stripped, reads from the cache only, a hash of
// what was asked for instead of a comparison with defaulted fields, reads that wait for own writes.
package main

import (
	"flag"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	templatesFile := flag.String("children", "", "the file children.json")
	metrics := flag.String("metrics", "127.0.0.1:0", "address of /metrics")
	concurrency := flag.Int("concurrency", 32, "reconciles at once")
	readYourWrites := flag.Bool("read-your-writes", true, "reads from the cache wait for own writes")
	flag.Parse()
	if err := run(*templatesFile, *metrics, *concurrency, *readYourWrites); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(templatesFile, metrics string, concurrency int, readYourWrites bool) error {
	ctrl.SetLogger(zap.New())
	templates, err := readTemplates(templatesFile)
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, addToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	ours := cache.ByObject{Label: labels.SelectorFromSet(labels.Set{labelManagedBy: manager})}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: metrics},
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject: map[client.Object]cache.ByObject{
				&appsv1.Deployment{}: ours,
				&corev1.Service{}:    ours,
				&corev1.ConfigMap{}:  ours,
			},
		},
		Client: client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: &readYourWrites}},
	})
	if err != nil {
		return err
	}
	r := &reconciler{
		Client:    mgr.GetClient(),
		templates: templates,
		handled:   newHandled(),
		options:   controller.Options{MaxConcurrentReconciles: concurrency},
	}
	if err := r.setup(mgr); err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}
