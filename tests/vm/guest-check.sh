#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every test that needs the real module. Result lines are TAP; the verdict comes last, after
# the module is gone and the kernel log has been read.

. "${0%/*}/guest-lib.sh"
. "${0%/*}/guest-tap.sh"
. "${0%/*}/guest-samples.sh"
. "${0%/*}/guest-suites.sh"

log_start
# shellcheck disable=SC2119 # no argument: those that every kernel can run
all_suites
verdict
