# Starts the Gatekeeper if its compose file is on the server.
carapace_gatekeeper() {
  if ! cd /opt/carapace 2>/dev/null || ! ls compose.yaml compose.yml docker-compose.yml docker-compose.yaml 2>/dev/null | grep -q .; then
    echo "There is no compose file in /opt/carapace: nothing to start."
    return 0
  fi
  carapace_sudo=
  if ! docker info >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || carapace_sudo="sudo -n -E"
    [ -d /run/systemd/system ] || $carapace_sudo service docker start >/dev/null 2>&1 </dev/null
    carapace_waited=0
    until $carapace_sudo docker info >/dev/null 2>&1; do
      [ "$carapace_waited" -lt 60 ] || { echo "The Gatekeeper was not started: Docker's daemon does not run on this server." >&2; return 1; }
      sleep 2; carapace_waited=$((carapace_waited + 2))
    done
  fi
  if docker compose version >/dev/null 2>&1; then
    carapace_compose="docker compose"
  elif command -v docker-compose >/dev/null 2>&1; then
    carapace_compose=docker-compose
  else
    echo "The Gatekeeper was not started: Docker Compose is not installed on this server." >&2
    return 1
  fi
  carapace_output=$($carapace_sudo $carapace_compose up -d 2>&1 </dev/null)
  carapace_code=$?
  printf '%s\n' "$carapace_output"
  if [ "$carapace_code" != 0 ]; then
    echo "The Gatekeeper was not started: $(printf '%s\n' "$carapace_output" | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c 1-300)" >&2
    return 1
  fi
  echo "The Gatekeeper was started."
}

carapace_gatekeeper
