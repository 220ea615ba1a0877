"""What Kubernetes does: node groups, scheduler, kubelet, controllers."""
