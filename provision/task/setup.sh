# Installs Docker Engine and Docker Compose on Ubuntu and Debian. It may run any
# number of times: what is there stays. A failure ends with one line for a person.
carapace_say() { printf 'Docker setup: %s\n' "$*"; }
carapace_fail() { printf 'Docker setup failed: %s\n' "$*" >&2; return 1; }
carapace_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# A fresh machine updates itself: apt is locked for minutes (unattended-upgrades,
# cloud-init). DPkg::Lock::Timeout waits for dpkg alone, so update is repeated.
carapace_apt() {
  carapace_deadline=$(( $(date +%s) + 300 ))
  while :; do
    carapace_root timeout 900 env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get \
      -o DPkg::Lock::Timeout=300 -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
      "$@" >"$carapace_log" 2>&1 </dev/null && return 0
    grep -q 'Could not get lock\|Unable to lock\|Unable to acquire' "$carapace_log" || return 1
    [ "$(date +%s)" -lt "$carapace_deadline" ] || return 1
    carapace_say "waiting for another installation on this machine to end"
    sleep 10
  done
}

carapace_reason() {  # the last lines that say something, on one line
  grep -v '^[[:space:]]*$' "$carapace_log" 2>/dev/null | grep '^E:\|rror' | tail -n 1 | cut -c 1-300 | grep . ||
    grep -v '^[[:space:]]*$' "$carapace_log" 2>/dev/null | tail -n 1 | cut -c 1-300
}

carapace_fetch() {  # URL FILE, in at most a minute
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --connect-timeout 10 --max-time 60 "$1" -o "$2" >"$carapace_log" 2>&1
  elif command -v wget >/dev/null 2>&1; then
    wget -q --timeout=10 --tries=1 -O "$2" "$1" >"$carapace_log" 2>&1
  else
    echo "neither curl nor wget is installed" >"$carapace_log"; return 1
  fi
}

carapace_has_engine() { command -v docker >/dev/null 2>&1 && { command -v dockerd || [ -x /usr/sbin/dockerd ] || [ -x /usr/bin/dockerd ] || carapace_root docker info; } >/dev/null 2>&1; }
carapace_has_compose() { docker compose version >/dev/null 2>&1 || docker-compose version >/dev/null 2>&1; }

carapace_upstream() {  # Docker's own packages, with the Compose plugin
  carapace_say "installing from get.docker.com"
  carapace_fetch https://get.docker.com "$carapace_tmp/get-docker.sh" || return 1
  head -n 1 "$carapace_tmp/get-docker.sh" | grep -q '^#!' || { echo "get.docker.com did not answer with a script" >"$carapace_log"; return 1; }
  carapace_root timeout 900 sh "$carapace_tmp/get-docker.sh" >"$carapace_log" 2>&1 </dev/null
}

carapace_first_of() {  # installs the first of the packages that there is
  for carapace_package in "$@"; do
    apt-cache policy "$carapace_package" 2>/dev/null | grep -q 'Candidate: [^(]' || continue
    carapace_say "installing the package $carapace_package"
    carapace_apt install -y --no-install-recommends "$carapace_package" && return 0
  done
  return 1
}

carapace_start() {  # the daemon, now and at each boot; a machine without systemd too
  carapace_root docker info >/dev/null 2>&1 && return 0
  if [ -d /run/systemd/system ]; then
    carapace_root systemctl enable --now docker >"$carapace_log" 2>&1
  elif [ -e /etc/init.d/docker ]; then
    carapace_root service docker start >"$carapace_log" 2>&1 </dev/null
  fi
  carapace_waited=0
  until carapace_root docker info >/dev/null 2>&1; do
    [ "$carapace_waited" -lt 30 ] || return 1
    sleep 2; carapace_waited=$((carapace_waited + 2))
  done
}

carapace_user() {  # the group counts from the next login; the socket's owner at once
  [ "$(id -u)" != 0 ] || return 0
  getent group docker >/dev/null 2>&1 || carapace_root groupadd --system docker 2>/dev/null
  carapace_root usermod -aG docker "$(id -un)" 2>/dev/null
  [ ! -S /var/run/docker.sock ] || carapace_root chown "$(id -un)" /var/run/docker.sock 2>/dev/null
  return 0
}

carapace_install() {
  if ! carapace_has_engine && ! carapace_upstream; then
    carapace_say "get.docker.com can't be used ($(carapace_reason)); taking the distribution's packages"
    command -v apt-get >/dev/null 2>&1 || { carapace_fail "this machine has no apt-get, and get.docker.com can't be used: $(carapace_reason)"; return 1; }
    carapace_apt update || carapace_say "the list of packages could not be brought up to date: $(carapace_reason)"
    carapace_apt install -y --no-install-recommends docker.io || { carapace_fail "the package docker.io could not be installed: $(carapace_reason)"; return 1; }
  fi
  carapace_has_compose && return 0
  command -v apt-get >/dev/null 2>&1 && { carapace_first_of docker-compose-plugin docker-compose-v2 docker-compose ||
    { carapace_apt update; carapace_first_of docker-compose-plugin docker-compose-v2 docker-compose; }; }
  carapace_has_compose || carapace_fail "Docker is installed, but Docker Compose could not be: $(carapace_reason)"
}

carapace_docker() {
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { carapace_fail "user $(id -un) may not use sudo without a password on this machine"; return 1; }
  carapace_tmp=$(mktemp -d) || { carapace_fail "no temporary folder could be made on this machine"; return 1; }
  carapace_log=$carapace_tmp/log
  trap 'rm -rf "$carapace_tmp"' EXIT
  if carapace_has_engine && carapace_has_compose; then
    carapace_say "already installed"
  else
    carapace_install || return 1
  fi
  carapace_start || carapace_say "warning: Docker is installed, but its daemon does not run on this machine; containers will not start"
  carapace_user
  carapace_say "$(docker --version); $(docker compose version 2>/dev/null || docker-compose --version 2>/dev/null | head -n 1)"
}

( carapace_docker ) || exit 1
unset -f carapace_say carapace_fail carapace_root carapace_apt carapace_reason carapace_fetch carapace_has_engine \
  carapace_has_compose carapace_upstream carapace_first_of carapace_start carapace_user carapace_install carapace_docker
