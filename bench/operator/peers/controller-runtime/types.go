package main

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "aicoin.dev", Version: "v1alpha1"}

// TradingBot is the resource, as far as this controller needs to know it.
type TradingBot struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   TradingBotSpec   `json:"spec"`
	Status TradingBotStatus `json:"status,omitempty"`
}

// TradingBotSpec keeps what it only passes on as raw JSON.
type TradingBotSpec struct {
	DesiredState    string                `json:"desiredState,omitempty"`
	Mode            string                `json:"mode,omitempty"`
	AcknowledgeRisk bool                  `json:"acknowledgeRisk,omitempty"`
	Markets         []string              `json:"markets,omitempty"`
	Exchange        *apiextensionsv1.JSON `json:"exchange,omitempty"`
	Decision        *apiextensionsv1.JSON `json:"decision,omitempty"`
	Risk            *apiextensionsv1.JSON `json:"risk,omitempty"`
	Storage         *apiextensionsv1.JSON `json:"storage,omitempty"`
	Cache           *apiextensionsv1.JSON `json:"cache,omitempty"`
	DeletionPolicy  string                `json:"deletionPolicy,omitempty"`
	Worker          *apiextensionsv1.JSON `json:"worker,omitempty"`
}

// TradingBotStatus is what this controller writes.
type TradingBotStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	State              string             `json:"state,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	Control            *Control           `json:"control,omitempty"`
}

// Control is the state asked for, with the counter of it.
type Control struct {
	Desired    string `json:"desired,omitempty"`
	Generation int64  `json:"generation,omitempty"`
}

// TradingBotList is a list of them.
type TradingBotList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []TradingBot `json:"items"`
}

func addToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(groupVersion, &TradingBot{}, &TradingBotList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	return nil
}

// DeepCopyInto is what controller-gen would make.
func (in *TradingBot) DeepCopyInto(out *TradingBot) {
	*out = *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	in.Spec.deepCopyInto(&out.Spec)
	in.Status.deepCopyInto(&out.Status)
}

// DeepCopy is what controller-gen would make.
func (in *TradingBot) DeepCopy() *TradingBot {
	out := new(TradingBot)
	in.DeepCopyInto(out)
	return out
}

// DeepCopyObject is what controller-gen would make.
func (in *TradingBot) DeepCopyObject() runtime.Object { return in.DeepCopy() }

// DeepCopyObject is what controller-gen would make.
func (in *TradingBotList) DeepCopyObject() runtime.Object {
	out := new(TradingBotList)
	*out = *in
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	if in.Items != nil {
		out.Items = make([]TradingBot, len(in.Items))
		for i := range in.Items {
			in.Items[i].DeepCopyInto(&out.Items[i])
		}
	}
	return out
}

func (in *TradingBotSpec) deepCopyInto(out *TradingBotSpec) {
	*out = *in
	if in.Markets != nil {
		out.Markets = append([]string(nil), in.Markets...)
	}
	out.Exchange = in.Exchange.DeepCopy()
	out.Decision = in.Decision.DeepCopy()
	out.Risk = in.Risk.DeepCopy()
	out.Storage = in.Storage.DeepCopy()
	out.Cache = in.Cache.DeepCopy()
	out.Worker = in.Worker.DeepCopy()
}

func (in *TradingBotStatus) deepCopyInto(out *TradingBotStatus) {
	*out = *in
	if in.Conditions != nil {
		out.Conditions = make([]metav1.Condition, len(in.Conditions))
		for i := range in.Conditions {
			in.Conditions[i].DeepCopyInto(&out.Conditions[i])
		}
	}
	if in.Control != nil {
		control := *in.Control
		out.Control = &control
	}
}
