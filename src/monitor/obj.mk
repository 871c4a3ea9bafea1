obj-y += monitor/monitor.c monitor/loop.c monitor/server.c monitor/client.c
