# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034
#
# The kernel's own modules that the tests use, each behind those that it needs. Sourced here,
# on the machine that makes the image, and in the guest.

modules='veth vrf mrp llc stp garp 8021q bridge br_netfilter tun'

# Those that tell sockets: a kernel with a modprobe of its own loads them when asked.
tools_modules='inet_diag tcp_diag udp_diag'

# Other ways for packets to a program: nftables' log, and BPF at tc.
bench_modules='libcrc32c nfnetlink nf_tables nfnetlink_log nft_log sch_ingress cls_bpf'
