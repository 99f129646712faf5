# The first process of a node's namespaces (network, mounts, processes): when it ends, all that runs in them ends, and
# every mount and network device in them is gone.
#
#   unshare --net --mount --pid --fork --kill-child sh namespace.sh FOLDER CGROUP
set -eu
folder=$1
cgroup=$2

# /proc is still the host's: this is the number that the host knows this process by.
read -r pid rest < /proc/self/stat

# Among the node's own processes mounts are shared, as a kubelet wants it. The host sees none of them.
mount --make-rshared /
mount -t proc proc /proc

# What the programs write at places that cannot be configured stays in FOLDER.
mount -t tmpfs tmpfs /run
for path in /var/lib/cni /var/lib/kubelet /var/log/containers; do
    mkdir -p "$path" "$folder/host$path"
    mount --bind "$folder/host$path" "$path"
done

# The kubelet sets these for the whole machine. Here it finds them as it wants them, and sets a file.
mkdir -p "$folder/host/sysctl"
sysctl() {
    [ -f "/proc/sys/$1" ] || return 0
    file=$folder/host/sysctl/$(echo "$1" | tr / -)
    echo "$2" > "$file"
    mount --bind "$file" "/proc/sys/$1"
}
sysctl vm/overcommit_memory 1
sysctl vm/panic_on_oom 0
sysctl kernel/panic 10
sysctl kernel/panic_on_oops 1
sysctl kernel/keys/root_maxkeys 1000000
sysctl kernel/keys/root_maxbytes 25000000

echo 1 > /proc/sys/net/ipv4/ip_forward
ip link set lo up

# The pods' control groups lie below one of the node's own.
root=/sys/fs/cgroup
if [ -f $root/cgroup.controllers ]; then
    for controller in $(cat $root/cgroup.controllers); do
        echo "+$controller" > $root/cgroup.subtree_control 2>/dev/null || true
    done
    mkdir -p "$root/$cgroup"
    for controller in $(cat "$root/$cgroup/cgroup.controllers"); do
        echo "+$controller" > "$root/$cgroup/cgroup.subtree_control" 2>/dev/null || true
    done
else
    for hierarchy in "$root"/*/; do
        mkdir -p "$hierarchy$cgroup"
        for file in cpuset.cpus cpuset.mems; do
            [ -f "$hierarchy$file" ] && cat "$hierarchy$file" > "$hierarchy$cgroup/$file"
        done
    done
fi

echo "$pid" > "$folder/namespace.new"
mv "$folder/namespace.new" "$folder/namespace"

# A shell that waits takes away the processes that lost their parents.
while :; do
    sleep 3600 &
    wait $! || true
done
