# SPDX-License-Identifier: MIT
# For the Kbuild of a module that has a channel of its own: include this file. It is
# installed beside the header, and beside what modpost has to know of sockopt.ko, for each
# kernel that it was built for. (KBUILD_EXTRA_SYMBOLS on make's command line replaces ours.)
sockopt_dir := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
sockopt_symvers := $(sockopt_dir)/$(KERNELRELEASE)/Module.symvers
ccflags-y += -I$(sockopt_dir)/include
KBUILD_EXTRA_SYMBOLS += $(sockopt_symvers)
ifeq ($(wildcard $(sockopt_symvers)),)
$(warning sockopt is not installed for kernel $(KERNELRELEASE))
endif
