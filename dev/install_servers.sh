#!/bin/sh
# Installs the servers that the tests talk to into ${MOPS_DEV_HOME:-~/.cache/mops-dev}/bin, and PyYAML, with which Python reads bundles in
# tests, into …/python; what is there already stays. Needs apt-get for docker-registry (no root: the package is unpacked, not installed), go
# for the other two, and pip where the system's Python has no PyYAML.
# Prints one line for each of them; ends with a failure when one could not be installed.
set -u

here=$(cd "$(dirname "$0")" && pwd)
home=${MOPS_DEV_HOME:-$HOME/.cache/mops-dev}
bin=$home/bin
oras_version=v1.3.6
mkdir -p "$bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v go >/dev/null 2>&1 && [ -x /usr/local/go/bin/go ]; then PATH=$PATH:/usr/local/go/bin; fi

install_docker_registry() {
  found=$(command -v docker-registry) && ln -sf "$found" "$bin/docker-registry" && return
  cd "$work" || return
  if ! apt-get download docker-registry; then
    # The lists of packages are missing or old. Without root they are fetched into a folder of our own.
    if [ "$(id -u)" = 0 ]; then
      apt-get update && apt-get download docker-registry || return
    else
      mkdir -p "$work/lists/partial" "$work/archives/partial"
      apt-get -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" update &&
        apt-get -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" download docker-registry || return
    fi
  fi
  dpkg -x "$work"/docker-registry_*.deb "$work/unpacked" && cp "$work/unpacked/usr/bin/docker-registry" "$bin/docker-registry"
}

install_ociregistry() {
  cd "$here/registry" && go build -buildvcs=false -o "$bin/ociregistry" .
}

install_oras() {
  cd "$work" && GOBIN="$bin" go install "oras.land/oras/cmd/oras@$oras_version"
}

failed=0
# ensure NAME COMMAND: runs COMMAND unless NAME is there, and says how it went.
ensure() {
  if [ -x "$bin/$1" ]; then
    echo "$1: there already, $bin/$1"
  elif (set -e; "$2") >"$work/$1.log" 2>&1 && [ -x "$bin/$1" ]; then
    echo "$1: installed, $bin/$1"
  else
    echo "$1: FAILED: $(tail -n 1 "$work/$1.log")"
    failed=1
  fi
}

ensure docker-registry install_docker_registry
ensure ociregistry install_ociregistry
ensure oras install_oras

python=$home/python
has_yaml() {
  PYTHONPATH=$python python3 -c 'import yaml'
}
if has_yaml 2>/dev/null; then
  echo "PyYAML: there already"
elif python3 -m pip install --quiet --target "$python" pyyaml >"$work/pyyaml.log" 2>&1 && has_yaml 2>>"$work/pyyaml.log"; then
  echo "PyYAML: installed, $python"
else
  echo "PyYAML: FAILED: $(tail -n 1 "$work/pyyaml.log")"
  failed=1
fi
exit $failed
