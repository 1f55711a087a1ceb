"""The main job as generated clients do it: component, gate, environment, evidence, verdict, release."""
