obj-y += main.c
obj-$(CONFIG_DOCGEN) += docgen.c
