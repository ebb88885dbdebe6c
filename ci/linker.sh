#!/bin/sh
# rust links with the c compiler's driver, so not even `cargo os` can be built without one.
set -e
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
$sudo apt-get update -qq
$sudo apt-get install -y -qq gcc libc6-dev
