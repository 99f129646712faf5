# Takes away what the testbed made for FOLDER, and FOLDER itself.
#
#   sh guard.sh wait FOLDER    when the other end of standard input is gone: its owner ended, by whatever means;
#                              a line "leave" instead means that FOLDER shall outlive its owner
#   sh guard.sh now FOLDER     at once
#
# It does not rely on notes about processes, which may be missing or stale: each process of the testbed has FOLDER in
# its environment.
set -u
folder=$2
[ -d "$folder" ] || exit 0

if [ "$1" = wait ]; then
    word=
    read -r word
    [ "$word" = leave ] && exit 0
fi

# The link to a node's network. Its alias tells whose it is: another node may have taken the name.
if [ -f "$folder/link" ]; then
    link=$(cat "$folder/link")
    if [ "$(cat "/sys/class/net/$link/ifalias" 2>/dev/null)" = "$folder" ]; then
        ip link del "$link" 2>/dev/null
    fi
fi

ours() {
    # One name per line: /proc/PID/environ
    grep -lzxF -- "AICOIN_TESTBED=$folder" /proc/[0-9]*/environ 2>/dev/null
}

# The first of a pid namespace takes all others of it along; zombies have an empty environment and are not seen.
for round in $(seq 100); do
    found=$(ours)
    [ -z "$found" ] && break
    for file in $found; do
        pid=${file#/proc/}
        kill -KILL "${pid%/environ}" 2>/dev/null
    done
    sleep 0.1
done

# A node's control groups: those that have no process any more can be removed, from the inside out.
if [ -f "$folder/cgroup" ]; then
    name=$(cat "$folder/cgroup")
    for round in $(seq 100); do
        groups=$(find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$name" 2>/dev/null)
        [ -z "$groups" ] && break
        for group in $groups; do
            find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
        done
        sleep 0.1
    done
fi

for round in $(seq 10); do
    rm -rf --one-file-system -- "$folder" 2>/dev/null
    [ -e "$folder" ] || exit 0
    sleep 0.2
done
echo "$folder cannot be removed." >&2
exit 1
