// Cannot be loaded.
throw new Error("there is no dock");
