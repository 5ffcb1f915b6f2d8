"""Commands around a run of Pulumi, for people, timers and CI."""
