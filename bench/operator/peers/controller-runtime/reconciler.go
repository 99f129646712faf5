package main

import (
	"context"
	"reflect"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const finalizer = "aicoin.dev/close"

type reconciler struct {
	client.Client
	templates *templates
	handled   *handled
	options   controller.Options
}

func (r *reconciler) setup(mgr ctrl.Manager) error {
	// Writes to the status do not wake it up; changes of the spec, of annotations and a deletion do.
	wakes := builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}))
	return ctrl.NewControllerManagedBy(mgr).
		For(&TradingBot{}, wakes).
		Owns(&appsv1.Deployment{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ConfigMap{}).
		WithOptions(r.options).
		Complete(r)
}

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	bot := &TradingBot{}
	if err := r.Get(ctx, request.NamespacedName, bot); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if !bot.DeletionTimestamp.IsZero() {
		if controllerutil.RemoveFinalizer(bot, finalizer) {
			return reconcile.Result{}, client.IgnoreNotFound(r.Update(ctx, bot))
		}
		return reconcile.Result{}, nil
	}
	if controllerutil.AddFinalizer(bot, finalizer) {
		if err := r.Update(ctx, bot); err != nil {
			return again(err)
		}
	}
	children, err := r.templates.children(bot, r.Scheme())
	if err != nil {
		return reconcile.Result{}, err
	}
	for _, child := range children {
		if err := r.ensure(ctx, child); err != nil {
			return again(err)
		}
	}
	before := bot.Status
	bot.Status = statusOf(bot)
	if !reflect.DeepEqual(before, bot.Status) {
		if err := r.Status().Update(ctx, bot); err != nil {
			return again(err)
		}
	}
	r.handled.add(bot.UID)
	return reconcile.Result{}, nil
}

// ensure makes a child that is missing and replaces one that was made from something else.
func (r *reconciler) ensure(ctx context.Context, wanted client.Object) error {
	there := reflect.New(reflect.TypeOf(wanted).Elem()).Interface().(client.Object)
	err := r.Get(ctx, client.ObjectKeyFromObject(wanted), there)
	if apierrors.IsNotFound(err) {
		// A cache that lags behind says "not found" too.
		return client.IgnoreAlreadyExists(r.Create(ctx, wanted))
	}
	if err != nil {
		return err
	}
	if there.GetAnnotations()[annotationApplied] == wanted.GetAnnotations()[annotationApplied] {
		return nil
	}
	wanted.SetResourceVersion(there.GetResourceVersion())
	return r.Update(ctx, wanted)
}

// again takes a conflict for what it is: a cache that was a moment behind.
func again(err error) (reconcile.Result, error) {
	if apierrors.IsConflict(err) {
		return reconcile.Result{RequeueAfter: 10 * time.Millisecond}, nil
	}
	return reconcile.Result{}, err
}

// statusOf is what the status should be: all conditions, as without a worker.
func statusOf(bot *TradingBot) TradingBotStatus {
	status := TradingBotStatus{}
	bot.Status.deepCopyInto(&status)
	status.ObservedGeneration = bot.Generation
	status.State = "Starting"
	if status.Control == nil || status.Control.Desired != bot.Spec.DesiredState {
		control := Control{Desired: bot.Spec.DesiredState, Generation: 1}
		if status.Control != nil {
			control.Generation = status.Control.Generation + 1
		}
		status.Control = &control
	}
	for _, condition := range []metav1.Condition{
		{Type: "Ready", Status: metav1.ConditionFalse, Reason: "WorkerNotReady", Message: "The worker's pod is not ready."},
		{Type: "Progressing", Status: metav1.ConditionTrue, Reason: "Starting", Message: "The worker is starting."},
		{Type: "Degraded", Status: metav1.ConditionFalse, Reason: "AsExpected"},
		{Type: "TradingPaused", Status: metav1.ConditionFalse, Reason: "NotEffective"},
		{Type: "PositionsClosed", Status: metav1.ConditionFalse, Reason: "NotAsked"},
		{Type: "SpecValid", Status: metav1.ConditionTrue, Reason: "Valid"},
		{Type: "ReconciliationPaused", Status: metav1.ConditionFalse, Reason: "NotAsked"},
	} {
		condition.ObservedGeneration = bot.Generation
		meta.SetStatusCondition(&status.Conditions, condition)
	}
	return status
}
