# SPDX-License-Identifier: GPL-2.0-only
# Looks for what compat.h must know and no macro says: a function that this kernel's headers
# declare becomes SKO_HAS_name. By its name, not by a version: distributions carry changes back.
sko_has = $(if $(shell grep -lswF '$(1)' $(srctree)/include/linux/$(2)),-DSKO_HAS_$(1))

ccflags-y += $(call sko_has,hrtimer_setup,hrtimer.h)
ccflags-y += $(call sko_has,hrtimer_setup_on_stack,hrtimer.h)
ccflags-y += $(call sko_has,pde_data,proc_fs.h)
ccflags-y += $(call sko_has,vm_flags_mod,mm.h)
