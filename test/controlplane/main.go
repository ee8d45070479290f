// Command controlplane is etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl
// of one Kubernetes version in one executable. It exists because Kubernetes publishes all of its code
// as Go modules, so that `go build` is enough to get a real control plane for the tests.
//
// The role is the name that it was started by (a symbolic link), or else the first argument:
//
//	controlplane kube-apiserver --etcd-servers=…
//	kubectl get pods                              # a link named kubectl
//
// With CONTROLPLANE_STDIN=leash a role ends as soon as its standard input is closed. A test process that
// is killed, however hard, closes the pipe that it held, and so leaves no server behind.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // kubectl's login plugins
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // metrics of the Go client
	_ "k8s.io/component-base/metrics/prometheus/version"  // metric with the build's version
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// A role runs one component with os.Args already cut to its own and returns the exit code.
var roles = map[string]func() int{
	"etcd":                    runEtcd,
	"kube-apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"kubectl":                 runKubectl,
	"certs":                   runCerts,
}

func main() {
	role, args := chooseRole(os.Args)
	run, known := roles[role]
	if !known {
		fmt.Fprintf(os.Stderr, "Cannot start %q: expected one of %s\n", role, strings.Join(roleNames(), ", "))
		os.Exit(2)
	}
	os.Args = args
	if os.Getenv("CONTROLPLANE_STDIN") == "leash" {
		go endWithStdin()
	}
	os.Exit(run())
}

// chooseRole returns the role and the arguments as that component expects to find them in os.Args.
func chooseRole(args []string) (string, []string) {
	name := filepath.Base(args[0])
	if _, known := roles[name]; known {
		return name, args
	}
	if len(args) < 2 {
		return "", nil
	}
	return args[1], args[1:]
}

func roleNames() []string {
	names := make([]string, 0, len(roles))
	for name := range roles {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// endWithStdin exits at once and hard: the data is thrown away anyway, and a graceful stop of the
// API server waits up to 20 s for open watches.
func endWithStdin() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(137)
}

func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func runKubectl() int {
	var command *cobra.Command = kubectl.NewDefaultKubectlCommand()
	if err := cli.RunNoErrOutput(command); err != nil {
		kubectlutil.CheckErr(err)
	}
	return 0
}
