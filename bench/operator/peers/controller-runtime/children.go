package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	labelInstance  = "app.kubernetes.io/instance"
	labelManagedBy = "app.kubernetes.io/managed-by"
	labelBot       = "aicoin.dev/bot"
	labelBotUID    = "aicoin.dev/bot-uid"
	manager        = "aicoin-operator"
	// The hash of what was asked for: equal means that nothing has to be written.
	annotationApplied = "aicoin.dev/applied"
)

// templates is what children.json says: the parts of the children that are the same for every bot.
type templates struct {
	Labels     map[string]string `json:"labels"`
	Service    corev1.Service    `json:"service"`
	ConfigMap  corev1.ConfigMap  `json:"configMap"`
	Deployment appsv1.Deployment `json:"deployment"`
}

func readTemplates(path string) (*templates, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the children's templates cannot be read: %w", err)
	}
	all := &templates{}
	if err := json.Unmarshal(text, all); err != nil {
		return nil, fmt.Errorf("%s is not valid: %w", path, err)
	}
	return all, nil
}

// manifest is what the worker gets to read: the trading part of the bot, without what no pod may depend on.
func manifest(bot *TradingBot) (string, error) {
	spec := TradingBotSpec{}
	bot.Spec.deepCopyInto(&spec)
	spec.DesiredState, spec.DeletionPolicy, spec.AcknowledgeRisk, spec.Worker = "", "", false, nil
	text, err := json.Marshal(map[string]any{
		"apiVersion": groupVersion.String(),
		"kind":       "TradingBot",
		"metadata":   map[string]string{"name": bot.Name, "namespace": bot.Namespace, "uid": string(bot.UID)},
		"spec":       spec,
	})
	return string(text), err
}

// children renders what a bot should have, in the order in which it is made: the workload last.
func (t *templates) children(bot *TradingBot, scheme *runtime.Scheme) ([]client.Object, error) {
	text, err := manifest(bot)
	if err != nil {
		return nil, err
	}
	name := bot.Name + "-worker"
	config := name + "-" + digest([]byte(text))[:10]
	labels := maps.Clone(t.Labels)
	labels[labelInstance] = bot.Name
	labels[labelBot] = bot.Name
	labels[labelBotUID] = string(bot.UID)
	selector := map[string]string{labelBotUID: string(bot.UID)}

	configMap := t.ConfigMap.DeepCopy()
	configMap.Name = config
	configMap.Data = map[string]string{"bot.yaml": text}

	service := t.Service.DeepCopy()
	service.Name = name
	service.Spec.Selector = selector

	deployment := t.Deployment.DeepCopy()
	deployment.Name = name
	deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: selector}
	deployment.Spec.Template.Labels = labels
	for i := range deployment.Spec.Template.Spec.Volumes {
		if volume := &deployment.Spec.Template.Spec.Volumes[i]; volume.Name == "bot" {
			volume.ConfigMap.Name = config
		}
	}

	all := []client.Object{configMap, service, deployment}
	for _, child := range all {
		child.SetNamespace(bot.Namespace)
		child.SetLabels(maps.Clone(labels))
		if err := controllerutil.SetControllerReference(bot, child, scheme); err != nil {
			return nil, err
		}
		text, err := json.Marshal(child)
		if err != nil {
			return nil, err
		}
		child.SetAnnotations(map[string]string{annotationApplied: digest(text)[:16]})
	}
	return all, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
